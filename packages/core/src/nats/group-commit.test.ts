import type { EncodedMessage } from '@jetlane/contracts';
import { JetlaneError } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { GroupCommit } from './group-commit.ts';
import type { PubAckAnswer } from './pub-ack.ts';

const message = (subject: string): EncodedMessage => ({
  id: subject,
  subject,
  headers: {},
  payload: new Uint8Array(10),
});
const group = (...subjects: string[]) => subjects.map(message);
const conflict = new JetlaneError('CONFLICT', 'too late');

/** Stores everything but batches with a subject in `bad`; `next` lets one batch go. */
function sender(bad: readonly string[] = []) {
  const batches: string[][] = [];
  const held: (() => void)[] = [];
  let seq = 0;
  const commits = new GroupCommit(async (messages) => {
    const subjects = messages.map(({ subject }) => subject);
    batches.push(subjects);
    await new Promise<void>((resolve) => held.push(resolve));
    if (subjects.some((subject) => bad.includes(subject)))
      return { kind: 'refused', error: conflict };
    seq += messages.length;
    return { kind: 'stored', ack: { stream: 'S', seq, duplicate: false } };
  });
  const next = async () => {
    held.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { commits, batches, next };
}

const seqOf = (answer: PubAckAnswer) => (answer.kind === 'stored' ? answer.ack.seq : answer.kind);

describe('GroupCommit', () => {
  it('sends what comes alone at once, and gathers what comes meanwhile', async () => {
    const { commits, batches, next } = sender();
    const answers = Promise.all(
      [group('a'), group('b1', 'b2'), group('c')].map((one) => commits.commit(one)),
    );
    expect(batches).toEqual([['a']]);
    await next();
    expect(batches).toEqual([['a'], ['b1', 'b2', 'c']]);
    await next();
    expect((await answers).map(seqOf)).toEqual([1, 3, 4]);
  });

  it('never puts two writes of one subject together', async () => {
    const { commits, batches, next } = sender();
    const answers = Promise.all(
      [group('a'), group('k', 'x'), group('y', 'k')].map((one) => commits.commit(one)),
    );
    for (let times = 0; times < 3; times++) await next();
    expect(batches).toEqual([['a'], ['k', 'x'], ['y', 'k']]);
    expect((await answers).map(seqOf)).toEqual([1, 3, 5]);
  });

  it('sends the groups of a refused batch one by one, so that only the bad one is refused', async () => {
    const { commits, batches, next } = sender(['bad']);
    const answers = Promise.all(
      [group('a'), group('b'), group('bad'), group('c')].map((one) => commits.commit(one)),
    );
    for (let times = 0; times < 5; times++) await next();
    expect(batches).toEqual([['a'], ['b', 'bad', 'c'], ['b'], ['bad'], ['c']]);
    expect((await answers).map(seqOf)).toEqual([1, 2, 'refused', 3]);
  });

  it('keeps to what fits into one batch', async () => {
    const { commits, batches, next } = sender();
    const large = Array.from({ length: 600 }, (_, n) => `l${n}`);
    void commits.commit(group('a'));
    void commits.commit(group(...large));
    void commits.commit(group(...large.map((name) => `${name}x`)));
    await next();
    await next();
    expect(batches.map(({ length }) => length)).toEqual([1, 600, 600]);
  });
});

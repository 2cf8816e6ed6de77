import { type Client, type DeadLetter, type DeadLetterFilter, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario, type Stage } from '../stage.ts';
import { topic } from '../topic.ts';
import { holds, until } from '../until.ts';

/** What operators do with dead letters, through `client.deadLetters`. */
export const replays: readonly Scenario[] = [
  {
    name: 'lists dead letters by worker and error, sums them up, and shows one',
    async play(stage) {
      const { client, name, send, refuse } = await stand(stage);
      refuse.with = (n) => (n === 2 ? new RangeError('too far') : new TypeError('no such card'));
      for (const n of [1, 2, 3]) await send(n);
      await stage.buried(name, 3);
      const all = await list(client, { worker: name });
      expect(all.map(({ error }) => error).sort()).toEqual([
        'no such card',
        'no such card',
        'too far',
      ]);
      expect(all.map(({ replays }) => replays)).toEqual([0, 0, 0]);
      expect(await list(client, { worker: name, error: 'RangeError' })).toHaveLength(1);
      expect(await client.deadLetters.show(all[0]?.seq as number)).toEqual(all[0]);
      expect(await client.deadLetters.show(999_999_999)).toBeUndefined();
      const groups = await client.deadLetters.summary({ worker: name });
      expect(groups.map(({ count }) => count)).toEqual([3]);
    },
  },
  ...(['limits', 'interest', 'workqueue'] as const).map(
    (retention): Scenario => ({
      name: `replays to the worker that gave up and to nobody else, with ${retention}`,
      async play(stage) {
        const { client, name, send, refuse, handled, others } = await stand(stage, retention);
        refuse.with = () => new Error('not yet');
        await send(1);
        await stage.buried(name, 1);
        const seen = others.length;
        refuse.with = undefined;
        const replayed = await client.deadLetters.replay({ worker: name });
        expect(replayed).toEqual({ replayed: 1, skipped: [] });
        await until(() => handled.length === 1, DEADLINE_MS, 'the replay');
        await holds(() => handled.length === 1 && others.length === seen, 100, 'it alone, once');
        expect(handled).toEqual([{ n: 1, attempt: 1, id: 'first' }]);
        expect(await list(client, { worker: name })).toEqual([]);
      },
    }),
  ),
  {
    name: 'counts anew the attempts of a replay, and says of its new record that it is one',
    async play(stage) {
      const { client, name, send, refuse, attempts } = await stand(stage);
      refuse.with = () => new Error('never');
      await send(1);
      await stage.buried(name, 1);
      const [first] = await list(client, { worker: name });
      await client.deadLetters.replay({ worker: name });
      await stage.buried(name, 1);
      await until(
        async () => (await list(client, { worker: name }))[0]?.replays === 1,
        DEADLINE_MS,
        'its second record',
      );
      const [second] = await list(client, { worker: name });
      expect(attempts).toEqual([1, 2, 1, 2]);
      expect(second).toMatchObject({ id: first?.id, subject: first?.subject, attempts: 2 });
      expect(second?.streamSeq).toBeGreaterThan(first?.streamSeq as number);
      await holds(() => attempts.length === 4, 100, 'four attempts');
      expect(await list(client, { worker: name })).toHaveLength(1);
    },
  },
  {
    name: 'replays to the subject, for every worker, with what was mended on the way',
    async play(stage) {
      const { client, name, send, refuse, handled, others } = await stand(stage);
      refuse.with = () => new Error('13 is unlucky');
      await send(13);
      await stage.buried(name, 1);
      await until(() => others.length === 1, DEADLINE_MS, 'the other worker');
      refuse.with = undefined;
      const payload = new TextEncoder().encode('{"key":"k","n":14}');
      await client.deadLetters.replay(
        { worker: name },
        {
          to: 'subject',
          edit: ({ headers }) => ({
            payload,
            headers: { ...plain(headers), 'ce-datacontenttype': 'application/json' },
          }),
        },
      );
      await until(
        () => handled.length === 1 && others.length === 2,
        DEADLINE_MS,
        'both got what was mended',
      );
      expect(handled[0]?.n).toBe(14);
      expect(others).toEqual([13, 14]);
    },
  },
  {
    name: 'drops what it is told to, and does nothing without a condition',
    async play(stage) {
      const { client, name, send, refuse, handled } = await stand(stage);
      refuse.with = () => new Error('no');
      for (const n of [1, 2, 3]) await send(n);
      await stage.buried(name, 3);
      const letters = client.deadLetters;
      for (const act of [() => letters.drop({}), () => letters.replay({})])
        await expect(act()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
      // A typo would be no condition: what is left would hold for more than was meant.
      const typo = { worker: name, eror: 'HANDLER_TIMEOUT' };
      for (const act of [
        () => letters.drop(typo),
        () => letters.replay(typo),
        () => letters.replay({ worker: name }, { dryrun: true } as never),
        () => letters.summary(typo),
        () => letters.list(typo)[Symbol.asyncIterator]().next(),
      ])
        await expect(act()).rejects.toThrow(/is no option: did you mean/);
      const all = { all: true, worker: name };
      expect(await list(client, all)).toHaveLength(3);
      const [one] = await list(client, { worker: name });
      const { seq } = one as DeadLetter;
      expect(await letters.drop({ seq })).toBe(1);
      expect(await letters.drop({ seq })).toBe(0);
      const gone = await letters.replay({ seq });
      expect(gone).toMatchObject({ replayed: 0, skipped: [{ seq }] });
      expect(await letters.drop({ worker: name })).toBe(2);
      expect(await list(client, { worker: name })).toEqual([]);
      expect(handled).toEqual([]);
    },
  },
  {
    name: 'says how many it would replay, and ends when it is told to',
    async play(stage) {
      const { client, name, send, refuse, handled } = await stand(stage);
      refuse.with = () => new Error('no');
      for (const n of [1, 2, 3]) await send(n);
      await stage.buried(name, 3);
      refuse.with = undefined;
      const dry = await client.deadLetters.replay({ worker: name }, { dryRun: true });
      expect(dry.replayed).toBe(3);
      const stop = new AbortController();
      const { replayed } = await client.deadLetters.replay(
        { worker: name },
        { rate: 0.1, signal: stop.signal, onReplayed: () => stop.abort() },
      );
      expect(replayed).toBe(1);
      await until(() => handled.length === 1, DEADLINE_MS, 'the one replay');
      expect(await list(client, { worker: name })).toHaveLength(2);
    },
  },
];

interface Handled {
  readonly n: number;
  readonly attempt: number;
  readonly id: string;
}

/** A worker that refuses while it is told to, and, unless the stream gives each message to one, another beside it. */
async function stand(
  stage: Stage,
  retention: 'limits' | 'interest' | 'workqueue' = 'limits',
): Promise<{
  client: Client;
  name: string;
  refuse: { with: ((n: number) => Error) | undefined };
  handled: Handled[];
  /** Attempts of all calls. */
  attempts: number[];
  others: number[];
  send(n: number): Promise<unknown>;
}> {
  const { Stream, Sent, durable } = topic({ retention });
  const refuse: { with: ((n: number) => Error) | undefined } = { with: undefined };
  const handled: Handled[] = [];
  const attempts: number[] = [];
  const others: number[] = [];
  const name = durable('reader');
  const reader = worker(
    name,
    { from: Stream, concurrency: 1, retry: { attempts: 2, minDelay: '1ms', maxDelay: '2ms' } },
    [
      on(Sent, ({ data: { n }, attempt, id }) => {
        attempts.push(attempt);
        if (refuse.with !== undefined) throw refuse.with(n);
        handled.push({ n, attempt, id });
      }),
    ],
  );
  const other = worker(durable('other'), { from: Stream }, [
    on(Sent, ({ data: { n } }) => void others.push(n)),
  ]);
  const client = await stage.start(reader, ...(retention === 'workqueue' ? [] : [other]));
  const send = (n: number) => client.publish(Sent({ key: 'k', n }, n === 1 ? { id: 'first' } : {}));
  return { client, name, refuse, handled, attempts, others, send };
}

async function list(client: Client, filter: DeadLetterFilter): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const letter of client.deadLetters.list(filter)) found.push(letter);
  return found;
}

/** Headers that the message came with. */
function plain(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-')));
}

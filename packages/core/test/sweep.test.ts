import { jetstream } from '@nats-io/jetstream';
import { headers as makeHeaders } from '@nats-io/nats-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deadLetters } from '../src/dead-letters/dead-letters.ts';
import { ADVISORIES, captureAdvisories } from '../src/doctor/advisories.ts';
import { doctor } from '../src/doctor/doctor.ts';
import { sweep } from '../src/doctor/sweep.ts';
import type { Admin } from '../src/topology/admin.ts';
import { prepare } from '../src/topology/prepare.ts';
import { all, Orders } from './dead-letters-setup.ts';
import { addStream, clear, specOf, startAdmin } from './topology-setup.ts';

let admin: Admin;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ admin, close } = await startAdmin());
});
afterAll(() => close());
beforeEach(() => clear(admin));

/** A stream and a consumer of others that gives up after two deliveries. */
async function foreign(
  retention: 'limits' | 'workqueue' | 'interest',
  more: Record<string, unknown> = {},
): Promise<void> {
  await addStream(admin, { name: 'THEIRS', subjects: ['theirs.>'], retention });
  await admin.jsm.consumers.add('THEIRS', {
    durable_name: 'tired',
    ack_policy: 'explicit',
    max_deliver: 2,
    ack_wait: 50_000_000,
    ...more,
  });
}

/** Stores messages, and handles them: those that `ends` names are acknowledged, the others exhausted. */
async function handle(count: number, ends: (n: number) => boolean): Promise<void> {
  const js = jetstream(admin.nc);
  for (let n = 1; n <= count; n++) {
    const headers = makeHeaders();
    headers.set('tenant', `t-${n}`);
    await js.publish(`theirs.${n}`, `body ${n}`, { headers });
  }
  const consumer = await js.consumers.get('THEIRS', 'tired');
  // One more than comes: then the server knows that nothing does.
  for (;;) {
    const message = await consumer.next({ expires: 1_000 });
    if (message === null) break;
    if (ends(message.seq)) await message.ackAck();
  }
}

const found = async (check: string) =>
  (await doctor(admin)).filter((finding) => finding.check === check);

describe('a sweep', () => {
  it('buries what a consumer of a workqueue exhausted, and takes it from the queue', async () => {
    await foreign('workqueue');
    await handle(5, (n) => n % 2 === 0);
    await jetstream(admin.nc).publish('theirs.6', 'not delivered yet');
    expect(await found('exhausted')).toMatchObject([{ level: 'error' }]);
    expect(await sweep(admin, { dryRun: true })).toMatchObject([{ buried: [1, 3, 5] }]);
    expect(await all(admin)).toEqual([]);
    expect(await sweep(admin)).toEqual([
      { stream: 'THEIRS', consumer: 'tired', buried: [1, 3, 5], left: undefined },
    ]);
    const letters = await all(admin);
    expect(letters).toMatchObject(
      [1, 3, 5].map((n) => ({
        stream: 'THEIRS',
        streamSeq: n,
        worker: 'tired',
        subject: `theirs.${n}`,
        reason: 'max-deliver',
        attempts: 2,
        headers: { tenant: `t-${n}` },
      })),
    );
    expect(new TextDecoder().decode(letters[0]?.payload)).toBe('body 1');
    expect((await admin.jsm.streams.info('THEIRS')).state.messages).toBe(1);
    expect(await sweep(admin)).toMatchObject([{ buried: [] }]);
  });

  it('buries nothing of a workqueue while a message is out, and says why', async () => {
    await foreign('workqueue', { ack_wait: 30_000_000_000 });
    await jetstream(admin.nc).publish('theirs.1');
    const consumer = await jetstream(admin.nc).consumers.get('THEIRS', 'tired');
    await consumer.next({ expires: 1_000 });
    const [one] = await sweep(admin);
    expect(one).toMatchObject({ buried: [] });
    expect(one?.left).toContain('1 messages are out');
    expect((await admin.jsm.streams.info('THEIRS')).state.messages).toBe(1);
  });

  it('does not bury again what a sweep buried that died before it deleted the original', async () => {
    await foreign('workqueue');
    await handle(1, () => false);
    await expect(sweep(cutBefore('STREAM.MSG.DELETE'))).rejects.toThrow('cut off');
    expect(await all(admin)).toHaveLength(1);
    const { config } = await admin.jsm.streams.info('DLQ');
    await admin.jsm.streams.update('DLQ', { ...config, duplicate_window: 100_000_000 });
    expect(await sweep(admin)).toMatchObject([{ buried: [] }]);
    expect(await all(admin)).toHaveLength(1);
    expect((await admin.jsm.streams.info('THEIRS')).state.messages).toBe(0);
  });

  it.each(['limits', 'interest'] as const)(
    'of %s buries what was captured, and says what cannot be known',
    async (retention) => {
      await foreign(retention);
      await handle(2, (n) => n === 2);
      expect(await found('capture')).toMatchObject([{ level: 'warning' }]);
      const [blind] = await sweep(admin);
      expect(blind).toMatchObject({ buried: [] });
      expect(blind?.left).toContain('look alike');
      await captureAdvisories(admin);
      await captureAdvisories(admin);
      expect(await found('capture')).toEqual([]);
      await handle(2, (n) => n === 4);
      await expect
        .poll(async () => (await admin.jsm.streams.info(ADVISORIES)).state.messages)
        .toBeGreaterThan(0);
      const captured = (await found('exhausted')).map(({ what }) => what);
      expect(captured.join()).toContain('1 messages of consumer tired of THEIRS');
      expect(await sweep(admin)).toMatchObject([{ buried: [3], left: undefined }]);
      expect(await all(admin)).toMatchObject([{ streamSeq: 3, reason: 'max-deliver' }]);
      expect(await sweep(admin)).toMatchObject([{ buried: [] }]);
      expect(await admin.jsm.streams.getMessage('THEIRS', { seq: 3 })).not.toBeNull();
    },
  );

  it('leaves alone what Jetlane manages, and its letters can be replayed to their subject', async () => {
    await prepare(admin, { streams: [Orders], workers: [specOf('billing', Orders)] }, 'apply');
    await foreign('workqueue');
    await handle(1, () => false);
    expect((await sweep(admin)).map(({ consumer }) => consumer)).toEqual(['tired']);
    expect(await deadLetters(admin).replay({ all: true }, { to: 'subject' })).toMatchObject({
      replayed: 1,
    });
    expect((await admin.jsm.streams.info('THEIRS')).state.messages).toBe(1);
  });

  it('keeps the original when the record is refused', async () => {
    await foreign('workqueue');
    await handle(2, () => false);
    await addStream(admin, {
      name: 'DLQ',
      subjects: ['_jl.dlq.>', '_jl.trial.>'],
      discard: 'new',
      max_msgs: 1,
      allow_direct: true,
    });
    await expect(sweep(admin)).rejects.toMatchObject({ code: 'STREAM_FULL' });
    expect(await all(admin)).toHaveLength(1);
    expect((await admin.jsm.streams.info('THEIRS')).state.messages).toBe(1);
  });
});

/** The same connection, which breaks before a request of this kind. */
function cutBefore(what: string): Admin {
  const nc = Object.create(admin.nc) as Admin['nc'];
  nc.request = (subject, ...rest) =>
    subject.includes(what)
      ? Promise.reject(new Error('cut off'))
      : admin.nc.request(subject, ...rest);
  return { nc, jsm: admin.jsm };
}

import { diagnostics, on, onBatch, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario, type Stage } from '../stage.ts';
import { type Topic, topic } from '../topic.ts';
import { holds, until } from '../until.ts';

/** Workers whose messages are gone once they were sent. */
export const lossy: readonly Scenario[] = [
  {
    name: 'gets everything once, in the order of its lanes, and leaves nothing behind',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const seen: number[] = [];
      const reader = worker(
        durable('reader'),
        { from: Stream, ackPolicy: 'none', orderBy: 'key', concurrency: 4 },
        [
          on(Sent, async ({ data }) => {
            await Promise.resolve();
            seen.push(data.n);
          }),
        ],
      );
      const client = await stage.start(reader);
      await client.publish(numbered(subject, 200));
      await until(
        () => seen.length === 200,
        DEADLINE_MS,
        () => `200, not ${seen.length}`,
      );
      expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => n));
      const [running] = client.workers;
      await until(
        async () => (await running?.state())?.lag === 0,
        DEADLINE_MS,
        'nothing to be delivered any more',
      );
      expect(await running?.state()).toMatchObject({ ackPending: 0, redelivered: 0 });
    },
  },
  {
    name: 'loses the message whose handler fails or asks for another try, and says so',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const seen: number[] = [];
      const { lost, stop } = listen(durable('reader'));
      const reader = worker(durable('reader'), { from: Stream, ackPolicy: 'none' }, [
        on(Sent, ({ data }, { retry }) => {
          seen.push(data.n);
          if (data.n === 1) throw new Error('no');
          if (data.n === 2) retry('1ms');
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish(numbered(subject, 4));
      await until(() => seen.length === 4, DEADLINE_MS, 'each once');
      await until(() => lost.length === 2, DEADLINE_MS, 'word of both');
      await holds(() => seen.length === 4, 200, 'nothing came again');
      stop();
      expect(lost).toEqual(['attempts-exhausted', 'attempts-exhausted']);
      expect(await stage.buried(durable('reader'))).toEqual([]);
    },
  },
  {
    name: 'loses a batch that fails as a whole',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const calls: number[] = [];
      const { lost, stop } = listen(durable('reader'));
      const reader = worker(durable('reader'), { from: Stream, ackPolicy: 'none' }, [
        onBatch(Sent, { size: 5, within: '10s' }, (messages) => {
          calls.push(messages.length);
          throw new Error('no');
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish(numbered(subject, 10));
      await until(() => lost.length === 10, DEADLINE_MS, 'word of ten');
      stop();
      expect(calls).toEqual([5, 5]);
    },
  },
  {
    name: 'is sent no more than it has room for, while its handlers are slow',
    async play(stage) {
      const { subject, client, seen, open } = await slow(stage);
      await client.publish(numbered(subject, 50));
      const [running] = client.workers;
      await until(() => running?.held().all === 8, DEADLINE_MS, 'all places taken');
      await until(
        async () => (await running?.state())?.lag === 42,
        DEADLINE_MS,
        'the others to wait in the stream',
      );
      await holds(() => running?.held().all === 8, 100, 'no more than eight');
      open();
      await until(() => seen.length === 50, DEADLINE_MS, 'all');
    },
  },
  {
    name: 'handles what is here before it closes, and leaves the rest to the next',
    needs: 'several clients',
    async play(stage) {
      const { subject, client, seen, open, reader } = await slow(stage);
      await client.publish(numbered(subject, 20));
      await until(() => client.workers[0]?.held().all === 8, DEADLINE_MS, 'all places taken');
      const closed = client.close({ timeout: '10s' });
      await holds(() => seen.length === 0, 50, 'nothing is done before the door opens');
      open();
      await closed;
      expect(seen.length).toBeGreaterThanOrEqual(8);
      await stage.start(reader);
      await until(() => seen.length === 20, DEADLINE_MS, 'the rest');
      expect(new Set(seen).size).toBe(20);
    },
  },
  {
    name: 'does not get again what a process held that went away at once',
    needs: 'several clients',
    async play(stage) {
      const { subject, client, seen, open, reader } = await slow(stage);
      const { lost, stop } = listen(reader.name);
      await client.publish(numbered(subject, 20));
      await until(() => client.workers[0]?.held().all === 8, DEADLINE_MS, 'all places taken');
      await client.close({ timeout: '1ms' });
      stop();
      expect(lost).toEqual(Array(8).fill('dropped'));
      open();
      await until(() => seen.length === 2, DEADLINE_MS, 'what ran');
      await stage.start(reader);
      await until(() => seen.length === 14, DEADLINE_MS, 'what was not sent yet');
      await holds(() => seen.length === 14, 200, 'nothing of the eight comes again');
      expect(new Set(seen).size).toBe(14);
    },
  },
  {
    name: 'goes on at once, in order, after a crash of the server',
    needs: 'restarts',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const seen: number[] = [];
      const reader = worker(
        durable('reader'),
        { from: Stream, ackPolicy: 'none', orderBy: 'key' },
        [on(Sent, ({ data }) => void seen.push(data.n))],
      );
      const client = await stage.start(reader);
      await client.publish(numbered(subject, 50));
      await until(() => seen.length === 50, DEADLINE_MS, 'those before');
      await stage.world.restart?.();
      await client.publish(numbered(subject, 150).slice(50));
      await until(() => new Set(seen).size === 150, DEADLINE_MS, 'those after');
      const after = seen.filter((n) => n >= 50);
      expect(after).toEqual(Array.from({ length: 100 }, (_, n) => n + 50));
    },
  },
];

function numbered({ Sent }: Topic, count: number) {
  return Array.from({ length: count }, (_, n) => Sent({ key: 'k', n }));
}

/** A worker with eight places, whose handlers end when they are let. */
async function slow(stage: Stage) {
  const subject = topic();
  const { Stream, Sent, durable } = subject;
  const seen: number[] = [];
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reader = worker(durable('reader'), { from: Stream, ackPolicy: 'none', concurrency: 2 }, [
    on(Sent, async ({ data }) => {
      await opened;
      seen.push(data.n);
    }),
  ]);
  const client = await stage.start(reader);
  return { subject, client, seen, reader, open: () => open() };
}

/** Why the messages of a worker were lost. */
function listen(name: string) {
  const lost: string[] = [];
  const note = (event: unknown) => {
    const { worker: of, reason } = event as { readonly worker: string; readonly reason: string };
    if (of === name) lost.push(reason);
  };
  diagnostics.bury.subscribe(note);
  return { lost, stop: () => diagnostics.bury.unsubscribe(note) };
}

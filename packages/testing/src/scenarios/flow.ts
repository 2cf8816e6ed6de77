import {
  type DeliverEvent,
  diagnostics,
  on,
  type SettleEvent,
  worker,
  workerSpec,
} from '@jetlane/core';
import { expect } from 'vitest';
import { items } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { holds, until } from '../until.ts';

/** How much a worker takes at a time. */
export const flow: readonly Scenario[] = [
  {
    name: 'delivers the next message only after an ack where one may be pending',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const seen: number[] = [];
      const door = gate();
      const client = await stage.start(
        worker(durable('reader'), { from: Stream, maxAckPending: 1 }, [
          on(Sent, async ({ data }) => {
            seen.push(data.n);
            await door.opened;
          }),
        ]),
      );
      await client.publish(items(subject, 2));
      await until(() => seen.length === 1, DEADLINE_MS, 'the first');
      await holds(() => seen.length === 1, 100, 'no second message before the ack');
      door.open();
      await until(() => seen.length === 2, DEADLINE_MS, 'the second');
      await holds(() => seen.length === 2, 100, 'no message twice');
    },
  },
  {
    name: 'runs as many handlers at once as concurrency says, no more',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      let running = 0;
      let highest = 0;
      let done = 0;
      const door = gate();
      const client = await stage.start(
        worker(durable('reader'), { from: Stream, concurrency: 5 }, [
          on(Sent, async () => {
            highest = Math.max(highest, ++running);
            await door.opened;
            running--;
            done++;
          }),
        ]),
      );
      await client.publish(items(subject, 40));
      await until(
        () => running === 5,
        DEADLINE_MS,
        () => `five at once, not ${running}`,
      );
      await holds(() => running === 5, 100, 'five at once');
      door.open();
      await until(
        () => done === 40,
        DEADLINE_MS,
        () => `all 40, not ${done}`,
      );
      expect(highest).toBe(5);
    },
  },
  {
    name: 'keeps to maxAckPending over two processes',
    needs: 'several clients',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      let running = 0;
      let highest = 0;
      let done = 0;
      const door = gate();
      const reader = worker(durable('reader'), { from: Stream, maxAckPending: 8 }, [
        on(Sent, async () => {
          highest = Math.max(highest, ++running);
          await door.opened;
          running--;
          done++;
        }),
      ]);
      const clients = await stage.startMany(5, reader);
      await (clients[0] as (typeof clients)[0]).publish(items(subject, 60));
      await until(
        () => running === 8,
        DEADLINE_MS,
        () => `eight at once, not ${running}`,
      );
      await holds(() => running === 8, 200, 'eight at once');
      door.open();
      await until(
        () => done === 60,
        DEADLINE_MS,
        () => `all 60, not ${done}`,
      );
      expect(highest).toBe(8);
    },
  },
  {
    name: 'holds no more messages in a process than it has room for',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const reader = worker(durable('reader'), { from: Stream, concurrency: 2 }, [
        on(Sent, async () => {
          await new Promise(setImmediate);
        }),
      ]);
      let held = 0;
      let highest = 0;
      let settled = 0;
      const isMine = (about: { worker: string }) => about.worker === reader.name;
      const delivered = (event: unknown) => {
        if (isMine(event as DeliverEvent)) highest = Math.max(highest, ++held);
      };
      const ended = (event: unknown) => {
        if (!isMine(event as SettleEvent)) return;
        held--;
        settled++;
      };
      diagnostics.deliver.subscribe(delivered);
      diagnostics.settle.subscribe(ended);
      try {
        const client = await stage.start(Stream);
        await client.publish(items(subject, 200));
        await client.start(reader);
        await until(
          () => settled === 200,
          DEADLINE_MS,
          () => `all 200, not ${settled}`,
        );
      } finally {
        diagnostics.deliver.unsubscribe(delivered);
        diagnostics.settle.unsubscribe(ended);
      }
      expect(highest).toBeGreaterThan(2);
      expect(highest).toBeLessThanOrEqual(workerSpec(reader).room);
    },
  },
  {
    name: 'keeps a message that runs longer than its ack wait',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      let calls = 0;
      const door = gate();
      const client = await stage.start(
        worker(durable('reader'), { from: Stream, ackWait: '1s', concurrency: 1 }, [
          on(Sent, async () => {
            calls++;
            await door.opened;
          }),
        ]),
      );
      await client.publish(items(subject, 2));
      await until(() => calls === 1, DEADLINE_MS, 'the first call');
      await holds(() => calls === 1, 1_500, 'no redelivery while the handler runs');
      door.open();
      await until(() => calls === 2, DEADLINE_MS, 'the second message');
      await holds(() => calls === 2, 100, 'no message twice');
    },
  },
];

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

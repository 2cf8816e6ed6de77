import { type Client, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario, type Stage } from '../stage.ts';
import { type Topic, topic } from '../topic.ts';
import { holds, until } from '../until.ts';

/** How many bytes a worker takes at a time. */
export const bytes: readonly Scenario[] = [
  {
    name: 'holds no more bytes in a process than it has room for, and gets everything',
    async play(stage) {
      const { client, seen, running, door } = await setUp(stage, '100KiB');
      await client.publish(20, 30_000);
      await until(() => running() === 3, DEADLINE_MS, 'three at once');
      await holds(() => running() === 3, 200, 'no fourth: it would be more than 100 KiB');
      door.open();
      await until(() => seen.length === 20, DEADLINE_MS, 'all');
      expect(new Set(seen).size).toBe(20);
    },
  },
  {
    name: 'gets a message that is larger than all its room in bytes, alone',
    async play(stage) {
      const { client, seen, running, door } = await setUp(stage, '10KiB');
      await client.publish(2, 100);
      await until(() => running() === 2, DEADLINE_MS, 'two small ones');
      await client.publish(3, 50_000);
      await client.publish(2, 100);
      await holds(() => running() === 2, 200, 'no large one beside them');
      door.open();
      await until(() => seen.length === 7, DEADLINE_MS, 'all');
    },
  },
  {
    name: 'counts the bytes of a message that is retried once',
    async play(stage) {
      const { client, seen, failing, door } = await setUp(stage, '100KiB');
      door.open();
      failing.left = 12;
      await client.publish(12, 30_000);
      await until(() => seen.length === 24, DEADLINE_MS, 'all, each twice');
      await client.publish(12, 30_000);
      await until(() => seen.length === 36, DEADLINE_MS, 'as many again');
    },
  },
];

async function setUp(stage: Stage, maxBytes: `${number}KiB`) {
  const subject = topic();
  const seen: number[] = [];
  const failing = { left: 0 };
  const door = gate();
  let running = 0;
  const reader = worker(
    subject.durable('reader'),
    { from: subject.Stream, maxBytes, retry: { minDelay: '1ms', maxDelay: '1ms' } },
    [
      on(subject.Sent, async ({ data }) => {
        running++;
        await door.opened;
        running--;
        seen.push(data.n);
        if (failing.left-- > 0) throw new Error('not yet');
      }),
    ],
  );
  const client = await stage.start(reader);
  return { client: publisher(client, subject), seen, failing, door, running: () => running };
}

/** Publishes so many messages of so many bytes, numbered on and on. */
function publisher(client: Client, { Sent }: Topic) {
  let n = 0;
  return {
    publish: (count: number, size: number) =>
      client.publish(
        Array.from({ length: count }, () => Sent({ key: 'k', n: n++, text: 'x'.repeat(size) })),
      ),
  };
}

function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

import { type Client, on, type StreamOptions, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario, type Stage } from '../stage.ts';
import { type Topic, topic } from '../topic.ts';
import { until } from '../until.ts';

type Limits = Pick<StreamOptions<[], []>, 'retention' | 'maxMsgs' | 'discard'>;

/** What streams keep, and what they drop or refuse. */
export const keeping: readonly Scenario[] = [
  {
    name: 'keeps the newest messages at maxMsgs',
    async play(stage) {
      const subject = topic({ maxMsgs: 3 });
      const client = await stage.start(subject.Stream);
      await client.publish([1, 2, 3, 4, 5].map((n) => subject.Sent({ key: 'k', n })));
      expect(await read(client, subject)).toEqual([3, 4, 5]);
    },
  },
  {
    name: 'keeps the last message of each subject',
    async play(stage) {
      const subject = topic({ maxMsgsPerSubject: 1 });
      const client = await stage.start(subject.Stream);
      const keys = ['a', 'b', 'a', 'c', 'a'];
      await client.publish(keys.map((key, n) => subject.Sent({ key, n })));
      expect(await read(client, subject)).toEqual([1, 3, 4]);
    },
  },
  {
    name: 'refuses a second message of a subject, and takes other subjects',
    async play(stage) {
      const subject = topic({ maxMsgsPerSubject: 1, discard: 'new-per-subject' });
      const client = await stage.start(subject.Stream);
      await client.publish(subject.Sent({ key: 'a', n: 1 }));
      await expect(client.publish(subject.Sent({ key: 'a', n: 2 }))).rejects.toMatchObject({
        code: 'STREAM_FULL',
      });
      await client.publish(subject.Sent({ key: 'b', n: 3 }));
      expect(await read(client, subject)).toEqual([1, 3]);
    },
  },
  {
    name: 'keeps what a workqueue holds until its worker is done with it',
    async play(stage) {
      const { subject, client } = await fullOfOne(stage, { retention: 'workqueue' });
      await expect(client.publish(subject.Sent({ key: 'k', n: 2 }))).rejects.toMatchObject({
        code: 'STREAM_FULL',
      });
      await client.start(reader(subject, 'one', []));
      await until(() => takesMore(client, subject), DEADLINE_MS, 'room for another');
    },
  },
  {
    name: 'refuses two workers that would take the same messages of a workqueue',
    async play(stage) {
      const subject = topic({ retention: 'workqueue' });
      const client = await stage.start(reader(subject, 'one', []));
      await expect(client.start(reader(subject, 'two', []))).rejects.toMatchObject({
        code: 'TOPOLOGY_CONFLICT',
      });
    },
  },
  {
    name: 'keeps a message of an interest stream until every worker is done, and none without a worker',
    async play(stage) {
      const subject = topic({ retention: 'interest', maxMsgs: 1, discard: 'new' });
      const [one, two]: [number[], number[]] = [[], []];
      const client = await stage.start(subject.Stream);
      await client.publish([1, 2].map((n) => subject.Sent({ key: 'k', n })));
      let finish = () => {};
      const work = new Promise<void>((resolve) => {
        finish = resolve;
      });
      await client.start(reader(subject, 'one', one), reader(subject, 'two', two, work));
      await client.publish(subject.Sent({ key: 'k', n: 3 }));
      await until(() => one.length === 1 && two.length === 1, DEADLINE_MS, 'the third for both');
      await expect(client.publish(subject.Sent({ key: 'k', n: 4 }))).rejects.toMatchObject({
        code: 'STREAM_FULL',
      });
      finish();
      await until(() => takesMore(client, subject), DEADLINE_MS, 'room for another');
      expect([one[0], two[0]]).toEqual([3, 3]);
    },
  },
  {
    name: 'drops a message when its own time to live ends',
    async play(stage) {
      const subject = topic({ maxMsgs: 2, discard: 'new' });
      const client = await stage.start(subject.Stream);
      await client.publish([
        subject.Sent({ key: 'k', n: 1 }, { ttl: '1s' }),
        subject.Sent({ key: 'k', n: 2 }),
      ]);
      await until(() => takesMore(client, subject), DEADLINE_MS, 'room for another');
      expect(await read(client, subject)).toEqual([2, 99]);
    },
  },
  {
    name: 'drops what is older than maxAge',
    async play(stage) {
      const subject = topic({ maxAge: '1s', maxMsgs: 1, discard: 'new' });
      const client = await stage.start(subject.Stream);
      await client.publish(subject.Sent({ key: 'k', n: 1 }));
      expect(await takesMore(client, subject)).toBe(false);
      await until(() => takesMore(client, subject), DEADLINE_MS, 'room for another');
    },
  },
  {
    name: 'stores an id again after the dedupe window',
    async play(stage) {
      const subject = topic({ dedupeWindow: '1s' });
      const client = await stage.start(subject.Stream);
      const once = subject.Sent({ key: 'k', n: 1 }, { id: 'once' });
      await client.publish(once);
      expect((await client.publish(once)).duplicate).toBe(true);
      const isStored = async () => !(await client.publish(once)).duplicate;
      await until(isStored, DEADLINE_MS, 'the id to be forgotten');
      expect(await read(client, subject)).toEqual([1, 1]);
    },
  },
  {
    name: 'takes raised limits in place, and refuses what would drop messages or change the storage',
    async play(stage) {
      const subject = topic({ maxMsgs: 2, discard: 'new' });
      const { Sent, Stream } = subject;
      const client = await stage.start(Stream);
      await client.publish([1, 2].map((n) => Sent({ key: 'k', n })));
      const again = (options: Limits & { storage?: 'memory' }) =>
        ({ ...Stream, options: { ...Stream.options, ...options } }) as typeof Stream;
      for (const options of [{ maxMsgs: 1 }, { storage: 'memory' }] as const)
        await expect(client.start(again(options))).rejects.toMatchObject({
          code: 'TOPOLOGY_CONFLICT',
        });
      const Raised = again({ maxMsgs: 3 });
      await client.start(Raised);
      await client.publish(Sent({ key: 'k', n: 3 }));
      expect(await read(client, { ...subject, Stream: Raised })).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'delivers a message of 900 KiB intact',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const text = 'x'.repeat(900 * 1024);
      const seen: unknown[] = [];
      const client = await stage.start(
        worker(durable('reader'), { from: Stream }, [
          on(Sent, ({ data }) => void seen.push(data.text)),
        ]),
      );
      await client.publish(Sent({ key: 'k', n: 1, text }));
      await until(() => seen.length === 1, DEADLINE_MS, 'the message');
      expect(seen[0] === text).toBe(true);
    },
  },
];

/** A worker that records numbers, and is done when `work` is. */
function reader(
  { Stream, Sent, durable }: Topic,
  name: string,
  seen: number[],
  work?: Promise<void>,
) {
  return worker(durable(name), { from: Stream, orderBy: () => 'all' }, [
    on(Sent, ({ data }) => {
      seen.push(data.n);
      return work;
    }),
  ]);
}

/** Everything that a new worker finds, in order. */
async function read(client: Client, subject: Topic): Promise<number[]> {
  const seen: number[] = [];
  await client.start(reader(subject, 'finder', seen));
  let before = -1;
  let since = performance.now();
  await until(
    () => {
      if (seen.length !== before) {
        before = seen.length;
        since = performance.now();
      }
      return before > 0 && performance.now() - since > STILL_MS;
    },
    DEADLINE_MS,
    'all that is kept',
  );
  return seen;
}

/** Without a message for this long, no more are there. */
const STILL_MS = 300;

/** A stream with room for one message, which is taken. */
async function fullOfOne(
  stage: Stage,
  limits: Limits,
): Promise<{ subject: Topic; client: Client }> {
  const subject = topic({ ...limits, maxMsgs: 1, discard: 'new' });
  const client = await stage.start(subject.Stream);
  await client.publish(subject.Sent({ key: 'k', n: 1 }));
  return { subject, client };
}

/** Publishes number 99 if there is room. */
async function takesMore(client: Client, { Sent }: Topic): Promise<boolean> {
  return client.publish(Sent({ key: 'k', n: 99 })).then(
    () => true,
    () => false,
  );
}

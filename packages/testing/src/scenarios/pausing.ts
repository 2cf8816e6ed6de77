import { on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { holds, until } from '../until.ts';

/** Workers that an operator stops for a while. */
export const pausing: readonly Scenario[] = [
  {
    name: 'delivers nothing to a paused worker, and everything once it is resumed',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: number[] = [];
      const others: number[] = [];
      const name = durable('reader');
      const parts = [
        worker(name, { from: Stream, orderBy: 'key' }, [
          on(Sent, ({ data: { n } }) => void seen.push(n)),
        ]),
        worker(durable('other'), { from: Stream }, [
          on(Sent, ({ data: { n } }) => void others.push(n)),
        ]),
      ];
      const client = await stage.start(...parts);
      await client.publish(Sent({ key: 'k', n: 0 }));
      await until(() => seen.length === 1, DEADLINE_MS, 'the first');
      await client.pause(name);
      for (const n of [1, 2, 3]) await client.publish(Sent({ key: 'k', n }));
      await until(() => others.length === 4, DEADLINE_MS, 'the other worker');
      await holds(() => seen.length === 1, 200, 'nothing for the paused one');
      const [running] = client.workers.filter((each) => each.name === name);
      expect(await running?.state()).toMatchObject({ lag: 3, pausedUntil: expect.any(Date) });
      // Starting again, as a deployment does, changes nothing.
      await client.start(...parts);
      await holds(() => seen.length === 1, 100, 'still paused');
      await client.resume(name);
      await until(() => seen.length === 4, DEADLINE_MS, 'the others');
      expect(seen).toEqual([0, 1, 2, 3]);
      expect((await running?.state())?.pausedUntil).toBeUndefined();
    },
  },
  {
    name: 'ends a pause by itself',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      let seen = 0;
      const name = durable('reader');
      const client = await stage.start(
        worker(name, { from: Stream }, [
          on(Sent, () => {
            seen++;
          }),
        ]),
      );
      await client.pause(name, { for: '3s' });
      await client.publish(Sent({ key: 'k', n: 1 }));
      await holds(() => seen === 0, 100, 'paused');
      await until(() => seen === 1, DEADLINE_MS, 'the message');
    },
  },
  {
    name: 'lets what a paused worker holds come to its end',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      let calls = 0;
      let finish = () => {};
      const name = durable('reader');
      const client = await stage.start(
        worker(name, { from: Stream }, [
          on(Sent, () => {
            calls++;
            return new Promise<void>((resolve) => {
              finish = resolve;
            });
          }),
        ]),
      );
      await client.publish(Sent({ key: 'k', n: 1 }));
      await until(() => calls === 1, DEADLINE_MS, 'the call');
      await client.pause(name);
      finish();
      const [running] = client.workers;
      await until(
        async () => (await running?.state())?.ackPending === 0,
        DEADLINE_MS,
        'its acknowledgement',
      );
      await client.resume(name);
      await holds(() => calls === 1, 100, 'one call');
    },
  },
  {
    name: 'refuses to pause what is not there',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const name = durable('reader');
      const client = await stage.start(worker(name, { from: Stream }, [on(Sent, () => {})]));
      const unknown = client.pause('nobody-here');
      await expect(unknown).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining("there is no worker 'nobody-here'"),
      });
      const elsewhere = client.resume(name, { stream: 'ELSEWHERE' });
      await expect(elsewhere).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
      const never = client.pause(name, { for: 'soon' as '1s' });
      await expect(never).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
      await client.resume(name, { stream: Stream.name });
    },
  },
];

import { on, schedule, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { until } from '../until.ts';

/** What is published on a timetable. */
export const ticking: readonly Scenario[] = [
  {
    name: 'publishes once a tick, however many clients run the schedule',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const called: number[] = [];
      const seen: number[] = [];
      const clock = schedule(durable('clock'), { every: '1s' }, ({ time }) => {
        called.push(time.getTime());
        return Sent({ key: 'k', n: time.getTime() });
      });
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, ({ data: { n } }) => void seen.push(n)),
      ]);
      await stage.startMany(3, reader, clock);
      await until(() => seen.length >= 3, DEADLINE_MS, 'three ticks');
      expect(new Set(seen).size).toBe(seen.length);
      expect(new Set(called).size).toBe(called.length);
      expect(seen.every((time) => time % 1_000 === 0)).toBe(true);
    },
  },
  {
    name: 'publishes once for a tick that fails and is tried again, and the next ones after it',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: number[] = [];
      let calls = 0;
      const clock = schedule(durable('clock'), { every: '1s' }, ({ time }) => {
        if (++calls < 3) throw new Error('not now');
        return [Sent({ key: 'a', n: time.getTime() }), Sent({ key: 'b', n: time.getTime() })];
      });
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, ({ data: { n } }) => void seen.push(n)),
      ]);
      await stage.start(reader, clock);
      await until(() => seen.length >= 4, DEADLINE_MS, 'two ticks');
      const times = new Set(seen);
      await until(() => seen.length >= times.size * 2, DEADLINE_MS, 'both messages of each tick');
      for (const time of times) expect(seen.filter((each) => each === time)).toHaveLength(2);
    },
  },
];

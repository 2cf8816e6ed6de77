import { type Message, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { Ledger } from '../ledger/ledger.ts';
import { items, send } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { until } from '../until.ts';

const soon = { minDelay: '5ms', maxDelay: '20ms' } as const;

/** What fails comes again, as often as the policy says. */
export const retries: readonly Scenario[] = [
  {
    name: 'delivers all of 100 messages although the first two calls fail',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const ledger = new Ledger();
      let failures = 0;
      const reader = worker(durable('reader'), { from: Stream, retry: soon }, [
        on(Sent, ({ id }) => {
          if (failures++ < 2) throw new Error('not now');
          ledger.delivered(id);
        }),
      ]);
      const client = await stage.start(Stream);
      await send(client, items(subject, 100), { publishers: 10, ledger });
      await client.start(reader);
      await until(() => ledger.lost().length === 0, DEADLINE_MS, 'all 100');
      expect(ledger.duplicates()).toEqual([]);
    },
  },
  {
    name: 'calls again with attempt 2 and the same message after a throw',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: Message[] = [];
      const reader = worker(durable('reader'), { from: Stream, retry: soon }, [
        on(Sent, async (message) => {
          seen.push(message);
          if (message.attempt === 1) throw new Error('once');
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish(Sent({ key: 'k', n: 1 }));
      await until(() => seen.length === 2, DEADLINE_MS, 'a second call');
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]);
      for (const part of ['id', 'seq', 'subject', 'data', 'params', 'headers', 'time'] as const)
        expect(seen[1]?.[part]).toEqual(seen[0]?.[part]);
      expect(await stage.buried(durable('reader'))).toEqual([]);
    },
  },
  {
    name: 'waits as long as context.retry() says',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const atMs: number[] = [];
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, ({ attempt }, { retry }) => {
          atMs.push(performance.now());
          if (attempt === 1) retry('300ms', 'later');
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish(Sent({ key: 'k', n: 1 }));
      await until(() => atMs.length === 2, DEADLINE_MS, 'a second call');
      expect((atMs[1] as number) - (atMs[0] as number)).toBeGreaterThan(250);
    },
  },
  {
    name: 'lets others pass while a message awaits its retry',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: string[] = [];
      const reader = worker(durable('reader'), { from: Stream, concurrency: 1 }, [
        on(Sent, ({ data: { n }, attempt }, { retry }) => {
          seen.push(`${n}#${attempt}`);
          if (n === 1 && attempt === 1) retry('500ms');
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish([1, 2, 3].map((n) => Sent({ key: 'k', n })));
      await until(
        () => seen.length === 4,
        DEADLINE_MS,
        () => `four calls, not ${seen}`,
      );
      expect(seen.at(-1)).toBe('1#2');
    },
  },
  {
    name: 'fails a handler that runs longer than its timeout, and aborts its signal',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const aborted: unknown[] = [];
      const options = { from: Stream, timeout: '100ms', retry: { attempts: 1 } } as const;
      const reader = worker(durable('reader'), options, [
        on(Sent, async (_, { signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          aborted.push((signal.reason as { code: string }).code);
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish(Sent({ key: 'k', n: 1 }));
      const [letter] = await stage.buried(durable('reader'), 1);
      expect(letter?.headers['jl-error-code']).toBe('HANDLER_TIMEOUT');
      await until(() => aborted.length === 1, DEADLINE_MS, 'the signal');
      expect(aborted).toEqual(['HANDLER_TIMEOUT']);
    },
  },
  {
    name: 'treats each error by the first rule that matches it, and none once its time is over',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: string[] = [];
      const errors = [new RangeError('fatal'), new TypeError('twice'), new Error('in time')];
      const reader = worker(
        durable('reader'),
        {
          from: Stream,
          retry: {
            ...soon,
            attempts: Number.POSITIVE_INFINITY,
            within: '30s',
            delay: (error, attempt) => (error === errors[2] && attempt > 1 ? '1h' : undefined),
            rules: [
              { match: RangeError, giveUp: true },
              { match: (error) => error instanceof TypeError, attempts: 2 },
            ],
          },
        },
        [
          on(Sent, ({ data: { n }, attempt }) => {
            seen.push(`${n}#${attempt}`);
            throw errors[n];
          }),
        ],
      );
      const client = await stage.start(reader);
      await client.publish([0, 1, 2].map((n) => Sent({ key: 'k', n })));
      const letters = await stage.buried(durable('reader'), 3);
      const reasons = letters.map(
        ({ headers }) => `${headers['jl-error']}: ${headers['jl-reason']}`,
      );
      expect(reasons.toSorted()).toEqual([
        'fatal: not-retryable',
        'in time: time-exhausted',
        'twice: attempts-exhausted',
      ]);
      expect(seen.toSorted()).toEqual(['0#1', '1#1', '1#2', '2#1', '2#2']);
    },
  },
];

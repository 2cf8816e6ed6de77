import { isJetlaneError, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { Ledger } from '../ledger/ledger.ts';
import { items } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { until } from '../until.ts';

/** Closing loses nothing and hangs nowhere. */
export const closing: readonly Scenario[] = [
  {
    name: 'lets running handlers finish before close resolves, and can be closed twice',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      let state = 'waiting';
      let finish = () => {};
      const work = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const client = await stage.start(
        worker(durable('reader'), { from: Stream }, [
          on(Sent, async () => {
            state = 'running';
            await work;
            state = 'done';
          }),
        ]),
      );
      await client.publish(Sent({ key: 'k', n: 1 }));
      await until(() => state === 'running', DEADLINE_MS, 'the call');
      const closed = Promise.all([client.close(), client.close()]);
      finish();
      await closed;
      expect(state).toBe('done');
      await client.close();
    },
  },
  {
    name: 'gives what it did not get to before half of the timeout to another process, and nothing twice',
    needs: 'several clients',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const ledger = new Ledger();
      let finish = () => {};
      const work = new Promise<void>((resolve) => {
        finish = resolve;
      });
      let begun = 0;
      const reader = worker(durable('reader'), { from: Stream, concurrency: 2 }, [
        on(Sent, async ({ id }) => {
          begun++;
          await work;
          ledger.delivered(id);
        }),
      ]);
      const first = await stage.start(reader);
      const sent = items(subject, 20);
      for (const { id } of sent) ledger.acked(id);
      await first.publish(sent);
      await until(() => begun === 2, DEADLINE_MS, 'two calls');
      const closed = first.close({ timeout: '2s' });
      const second = stage.start(reader);
      await until(() => begun > 2, DEADLINE_MS, 'a call by another process');
      finish();
      await Promise.all([closed, second]);
      await until(() => ledger.lost().length === 0, DEADLINE_MS, 'all 20');
      expect(ledger.duplicates()).toEqual([]);
    },
  },
  {
    name: 'aborts the signal of a handler when close stops waiting, and not before',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const reasons: unknown[] = [];
      let calls = 0;
      const client = await stage.start(
        worker(durable('reader'), { from: Stream, orderBy: 'key' }, [
          on(Sent, async ({ data: { n } }, { signal }) => {
            calls++;
            expect(signal.aborted).toBe(false);
            if (n === 1) return;
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            reasons.push(signal.reason);
          }),
        ]),
      );
      await client.publish([1, 2].map((n) => Sent({ key: 'k', n })));
      await until(() => calls === 2, DEADLINE_MS, 'the second call');
      await client.close({ timeout: '200ms' });
      await until(() => reasons.length === 1, DEADLINE_MS, 'the signal');
      expect(isJetlaneError(reasons[0], 'CLOSED')).toBe(true);
    },
  },
  {
    name: 'settles each of 10,000 publishes that are in flight at close: stored, or refused',
    needs: 'several clients',
    async play(stage) {
      const messages = stage.sizes(10_000, 100);
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const ledger = new Ledger();
      const publisher = await stage.start(Stream);
      const refusals: unknown[] = [];
      const publishes = items(subject, messages).map((message) => {
        ledger.sent(message.id);
        return publisher.publish(message).then(
          () => ledger.acked(message.id),
          (error: unknown) => refusals.push(error),
        );
      });
      await Promise.all([publisher.close(), ...publishes]);
      expect(ledger.counts.acked + refusals.length).toBe(messages);
      for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'CLOSED' });
      await stage.start(
        worker(durable('reader'), { from: Stream }, [on(Sent, ({ id }) => ledger.delivered(id))]),
      );
      await until(
        () => ledger.lost().length === 0,
        DEADLINE_MS,
        () => `all that was acknowledged, not ${ledger.counts.delivered} of ${ledger.counts.acked}`,
      );
      expect(ledger.duplicates()).toEqual([]);
    },
  },
  {
    name: 'gives the message of a handler that close stopped waiting for to another process',
    needs: 'several clients',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const attempts: number[] = [];
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, async ({ attempt }, { signal }) => {
          attempts.push(attempt);
          if (attempt > 1) return;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw signal.reason;
        }),
      ]);
      const first = await stage.start(reader);
      await first.publish(Sent({ key: 'k', n: 1 }));
      await until(() => attempts.length === 1, DEADLINE_MS, 'the call');
      await first.close({ timeout: '100ms' });
      await stage.start(reader);
      await until(() => attempts.length === 2, DEADLINE_MS, 'a second call');
      expect(attempts).toEqual([1, 2]);
      expect(await stage.buried(durable('reader'))).toEqual([]);
    },
  },
];

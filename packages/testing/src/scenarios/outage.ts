import { on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { Ledger } from '../ledger/ledger.ts';
import { items, send } from '../send.ts';
import type { Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { until } from '../until.ts';

const OUTAGE_DEADLINE_MS = 45_000;

/** A server that crashes loses nothing that it acknowledged. */
export const outage: readonly Scenario[] = [
  {
    name: 'delivers all of 10,000 messages of 100 publishers over two crashes of the server',
    needs: 'restarts',
    async play(stage) {
      const messages = stage.sizes(10_000, 500);
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const ledger = new Ledger();
      const publisher = await stage.world.client({ publishTimeout: '40s' });
      await publisher.start(Stream);
      await stage.start(
        worker(durable('reader'), { from: Stream, ackWait: '5s' }, [
          on(Sent, ({ id }) => ledger.delivered(id)),
        ]),
      );
      const sending = send(publisher, items(subject, messages), { publishers: 100, ledger });
      const crashes = (async () => {
        for (const share of [3, 2]) {
          const at = Math.floor(messages / share);
          await until(() => ledger.counts.acked >= at, OUTAGE_DEADLINE_MS, `${at} acknowledged`);
          await stage.world.restart?.();
        }
      })();
      await Promise.all([sending, crashes]);
      expect(ledger.counts.acked).toBe(messages);
      await until(
        () => ledger.lost().length === 0,
        OUTAGE_DEADLINE_MS,
        () => `all ${messages}, not ${ledger.counts.delivered}`,
      );
      expect(ledger.strangers()).toEqual([]);
    },
  },
  {
    name: 'goes on with workers and publishers after a crash while nothing was under way',
    needs: 'restarts',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen = new Set<number>();
      const reader = { from: Stream, orderBy: 'key', ackWait: '2s' } as const;
      const client = await stage.start(
        worker(durable('reader'), reader, [on(Sent, ({ data }) => void seen.add(data.n))]),
      );
      await client.publish(Sent({ key: 'k', n: 1 }));
      await until(() => seen.size === 1, OUTAGE_DEADLINE_MS, 'the first');
      await stage.world.restart?.();
      await client.publish(Sent({ key: 'k', n: 2 }));
      await until(() => seen.size === 2, OUTAGE_DEADLINE_MS, 'the second');
    },
  },
];

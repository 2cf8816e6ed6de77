import { on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { Ledger } from '../ledger/ledger.ts';
import { items, send } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { type Topic, topic } from '../topic.ts';
import { until } from '../until.ts';

/** Workers of different names each get everything; processes that run the same worker share. */
export const groups: readonly Scenario[] = [
  {
    name: 'delivers every message to each of two workers, once',
    async play(stage) {
      const subject = topic();
      const [billing, shipping] = [new Ledger(), new Ledger()];
      const clients = await stage.startMany(
        3,
        recorder(subject, 'billing', billing),
        recorder(subject, 'shipping', shipping),
      );
      const sent = items(subject, 50);
      for (const ledger of [billing, shipping]) for (const { id } of sent) ledger.acked(id);
      await (clients[0] as (typeof clients)[0]).publish(sent);
      for (const ledger of [billing, shipping]) {
        await until(() => ledger.lost().length === 0, DEADLINE_MS, 'all 50 for both');
        expect(ledger.duplicates()).toEqual([]);
      }
    },
  },
  {
    name: 'goes on with the next subscriber after one closes, five times over 5,000 messages',
    needs: 'several clients',
    async play(stage) {
      const messages = stage.sizes(5_000, 50);
      const rounds = 5;
      const subject = topic();
      const ledger = new Ledger();
      const publisher = await stage.start(subject.Stream);
      await send(publisher, items(subject, messages), { publishers: 50, ledger });
      for (let round = 1; round <= rounds; round++) {
        const client = await stage.start(recorder(subject, 'recorder', ledger));
        const share = (messages / rounds) * round;
        await until(
          () => ledger.counts.delivered >= share,
          DEADLINE_MS,
          () => `${share} in round ${round}, not ${ledger.counts.delivered}`,
        );
        await client.close();
      }
      expect(ledger.lost()).toEqual([]);
      expect(ledger.duplicates()).toEqual([]);
    },
  },
  {
    name: 'loses nothing when ten subscribers start and close at once',
    needs: 'several clients',
    async play(stage) {
      const subject = topic();
      const ledger = new Ledger();
      const reader = recorder(subject, 'recorder', ledger);
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const client = await stage.start(reader);
          await client.close();
        }),
      );
      const client = await stage.start(subject.Stream);
      await send(client, items(subject, 50), { publishers: 1, ledger });
      await stage.start(reader);
      await until(() => ledger.lost().length === 0, DEADLINE_MS, 'all 50');
      expect(ledger.duplicates()).toEqual([]);
    },
  },
  {
    name: 'delivers all after three subscribers failed 100 times each and closed',
    needs: 'several clients',
    async play(stage) {
      const failuresEach = stage.sizes(100, 5);
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const ledger = new Ledger();
      const publisher = await stage.start(Stream);
      await send(publisher, items(subject, 50), { publishers: 10, ledger });
      const retry = { attempts: 10_000, minDelay: '1ms', maxDelay: '10ms' } as const;
      for (let round = 1; round <= 3; round++) {
        let failures = 0;
        const failing = worker(durable('reader'), { from: Stream, retry }, [
          on(Sent, () => {
            failures++;
            throw new Error('not now');
          }),
        ]);
        const client = await stage.start(failing);
        await until(
          () => failures >= failuresEach,
          DEADLINE_MS,
          () => `${failuresEach} failures in round ${round}, not ${failures}`,
        );
        await client.close();
      }
      await stage.start(
        worker(durable('reader'), { from: Stream, retry }, [
          on(Sent, ({ id }) => ledger.delivered(id)),
        ]),
      );
      await until(
        () => ledger.lost().length === 0,
        DEADLINE_MS,
        () => `all 50, not ${ledger.counts.delivered}`,
      );
    },
  },
  {
    name: 'gives a subscriber all that one which closed at once did not take',
    needs: 'several clients',
    async play(stage) {
      const subject = topic();
      const ledger = new Ledger();
      const publisher = await stage.start(subject.Stream);
      await send(publisher, items(subject, 20), { publishers: 1, ledger });
      const reader = recorder(subject, 'recorder', ledger);
      const first = await stage.start(reader);
      await first.close();
      await stage.start(reader);
      await until(() => ledger.lost().length === 0, DEADLINE_MS, 'all 20');
      expect(ledger.duplicates()).toEqual([]);
    },
  },
];

function recorder({ Stream, Sent, durable }: Topic, name: string, ledger: Ledger) {
  return worker(durable(name), { from: Stream }, [on(Sent, ({ id }) => ledger.delivered(id))]);
}

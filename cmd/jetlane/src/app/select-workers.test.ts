import {
  app,
  collect,
  event,
  on,
  onBatch,
  schedule,
  stream,
  worker,
  workerSpec,
} from '@jetlane/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { selectWorkers } from './select-workers.ts';

const Placed = event('Placed', { subject: 'orders.{id}', schema: z.object({ id: z.string() }) });
const Orders = stream('ORDERS', { subjects: ['orders.*'], messages: [Placed] });
const billing = worker('billing', { from: Orders }, [on(Placed, () => {})]);
const mail = worker('mail', { from: Orders }, [
  onBatch(Placed, { size: 50, within: '1s' }, () => {}),
]);
const { workers } = collect([billing, mail]);

describe('selectWorkers', () => {
  it('takes all as they are', () => {
    expect(selectWorkers('shop', workers, {}).map(workerSpec)).toEqual(workers);
  });

  it('takes those that are named, and overrides their limits', () => {
    const choose = (choice: object) => selectWorkers('shop', workers, choice).map(workerSpec);
    const [chosen, ...others] = choose({ only: ['mail'], concurrency: 2, maxAckPending: 40 });
    expect(others).toEqual([]);
    expect(chosen).toMatchObject({ name: 'mail', concurrency: 2, maxAckPending: 40, room: 50 });
    const [small] = choose({ only: ['billing'], concurrency: 2 });
    expect(small).toMatchObject({ concurrency: 2, maxAckPending: 1000, room: 8 });
  });

  it('takes schedules too, which tick one after another whatever the limits', () => {
    const nightly = schedule('nightly', { cron: '0 0 * * *' }, () => Placed({ id: 'x' }));
    const shop = collect([app('shop', { streams: [Orders], run: [billing, nightly] })]);
    const [chosen] = selectWorkers('shop', shop.workers, { only: ['nightly'], concurrency: 9 });
    expect(chosen && workerSpec(chosen)).toMatchObject({
      name: 'nightly',
      concurrency: 1,
      timetable: { pattern: '0 0 0 * * *', app: 'shop' },
    });
  });

  it('lists the names when one is unknown', () => {
    expect(() => selectWorkers('shop', workers, { only: ['biling'] })).toThrow(
      "app 'shop' has no worker 'biling'; did you mean 'billing'? it has billing, mail",
    );
  });
});

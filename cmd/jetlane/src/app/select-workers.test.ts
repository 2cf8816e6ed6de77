import { collect, event, isWorker, on, onBatch, stream, worker, workerSpec } from '@jetlane/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { selectWorkers, toWorker } from './select-workers.ts';

const Placed = event('Placed', { subject: 'orders.{id}', schema: z.object({ id: z.string() }) });
const Orders = stream('ORDERS', { subjects: ['orders.*'], messages: [Placed] });
const billing = worker('billing', { from: Orders }, [on(Placed, () => {})]);
const mail = worker('mail', { from: Orders }, [
  onBatch(Placed, { size: 50, within: '1s' }, () => {}),
]);
const { workers } = collect([billing, mail]);

describe('selectWorkers', () => {
  it('takes all as they are', () => {
    expect(selectWorkers('shop', workers, {})).toEqual(workers);
  });

  it('takes those that are named, and overrides their limits', () => {
    const [chosen, ...others] = selectWorkers('shop', workers, {
      only: ['mail'],
      concurrency: 2,
      maxAckPending: 40,
    });
    expect(others).toEqual([]);
    expect(chosen).toMatchObject({ name: 'mail', concurrency: 2, maxAckPending: 40, room: 50 });
    const [small] = selectWorkers('shop', workers, { only: ['billing'], concurrency: 2 });
    expect(small).toMatchObject({ concurrency: 2, maxAckPending: 1000, room: 8 });
  });

  it('computes room as core does', () => {
    const [same] = selectWorkers('shop', workers, { concurrency: 64, maxAckPending: 1000 });
    expect(same?.room).toBe(workers[0]?.room);
  });

  it('lists the names when one is unknown', () => {
    expect(() => selectWorkers('shop', workers, { only: ['biling'] })).toThrow(
      "app 'shop' has no worker 'biling'; did you mean 'billing'? it has billing, mail",
    );
  });
});

it('makes a worker that core takes for its own', () => {
  const [spec] = workers;
  if (spec === undefined) throw new Error('no worker');
  const made = toWorker(spec);
  expect(isWorker(made)).toBe(true);
  expect(workerSpec(made)).toBe(spec);
  expect(collect([made]).workers).toEqual([spec]);
});

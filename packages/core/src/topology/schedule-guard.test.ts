import { event, type StreamSettings, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { specOf } from '../../test/topology-setup.ts';
import { GUARD, guardOf, scheduleObstacle, schedulingProblem } from './schedule-guard.ts';
import { type Fields, toStreamConfig } from './stream-config.ts';
import { toWanted } from './wanted.ts';

const Placed = event('Placed', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string() }),
});
const orders = (settings: StreamSettings = {}) =>
  stream('ORDERS', { subjects: ['orders.>'], messages: [Placed], ...settings });
const config = (settings: StreamSettings = {}) => toStreamConfig(orders(settings)) as Fields;

describe('a stream keeps messages for later', () => {
  it.each<[string, StreamSettings]>([
    ['as it is', {}],
    ['in memory', { storage: 'memory' }],
    ['as a workqueue', { retention: 'workqueue' }],
    ['by interest', { retention: 'interest' }],
    ['with limits', { maxMsgs: 5, maxAge: '1h', maxMsgsPerSubject: 1 }],
    ['with a transform of one subject', { subjectTransform: { from: 'orders.a', to: 'orders.b' } }],
  ])('%s', (_, settings) => {
    expect(config(settings).allow_msg_schedules).toBe(true);
    expect(schedulingProblem('ORDERS', config(settings))).toBeUndefined();
  });

  it.each<[StreamSettings, string]>([
    [{ discard: 'new' }, "discard: 'new'"],
    [{ discard: 'new-per-subject', maxMsgsPerSubject: 1 }, "discard: 'new'"],
    [{ denyPurge: true }, 'denyPurge'],
    [{ sources: [{ name: 'OTHER' }] }, 'has sources'],
    [{ retention: 'interest', maxConsumers: 2 }, 'maxConsumers'],
    [{ subjectTransform: { from: '>', to: 'x.>' } }, 'subjectTransform'],
    [{ jetstream: { allow_msg_ttl: false } }, 'TTL'],
    [{ jetstream: { allow_msg_counter: true } }, 'counter'],
  ])('not with %j', (settings, words) => {
    expect(config(settings)).not.toHaveProperty('allow_msg_schedules');
    expect(scheduleObstacle(config(settings))).toContain(words);
  });

  it('not when its owner turned that off, or it does not store where they wait', () => {
    const off = config({ jetstream: { allow_msg_schedules: false } });
    expect(off.allow_msg_schedules).toBe(false);
    expect(schedulingProblem('ORDERS', off)).toContain('does not allow schedules');
    const narrow = { ...config(), subjects: ['orders.>'] };
    expect(schedulingProblem('ORDERS', narrow)).toContain('does not store _jl.ORDERS.sched.>');
  });
});

describe('the guard', () => {
  it('is wanted for interest streams that keep messages for later, and no others', () => {
    expect(guardOf(config({ retention: 'interest' }))).toMatchObject({
      durable_name: GUARD,
      filter_subjects: ['_jl.ORDERS.sched.>'],
    });
    expect(guardOf(config())).toBeUndefined();
    expect(guardOf(config({ retention: 'interest', discard: 'new' }))).toBeUndefined();
    const wanted = (settings: StreamSettings) =>
      toWanted({ streams: [orders(settings)], workers: [] }).consumers.map(({ name }) => name);
    expect(wanted({ retention: 'interest' })).toEqual([GUARD]);
    expect(wanted({ retention: 'interest', managed: false })).toEqual([]);
  });
});

it.each([
  { filter_subjects: ['_jl.ORDERS.>'] },
  { filter_subjects: ['orders.>', '_jl.ORDERS.sched.>'] },
  { filter_subject: '>' },
])('a durable that would see what waits is refused: %j', (jetstream) => {
  const worker = specOf('billing', orders(), { jetstream });
  const { contradictions } = toWanted({ streams: [], workers: [worker] });
  expect(contradictions.map(({ why }) => why).join()).toContain('messages wait for their time');
});

import { event, type JetlaneError, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kvInbox } from '../inbox/kv-inbox.ts';
import { on, onBatch } from './handler.ts';
import { withLimits, worker, workerSpec } from './worker.ts';

const Placed = event('OrderPlaced', {
  subject: 'orders.placed.{region}.{orderId}',
  schema: z.object({ orderId: z.string(), region: z.string() }),
});
const Paid = event('OrderPaid', {
  subject: 'orders.paid.{orderId}',
  schema: z.object({ orderId: z.string() }),
});
const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed, Paid] });
const nothing = () => {};

function problemOf(declare: () => unknown): JetlaneError {
  try {
    declare();
  } catch (error) {
    return error as JetlaneError;
  }
  throw new Error('was accepted');
}

describe('worker', () => {
  it('fills in the documented defaults', () => {
    const spec = workerSpec(worker('billing', { from: Orders }, [on(Paid, nothing)]));
    expect(spec).toMatchObject({
      concurrency: 64,
      maxAckPending: 1_000,
      room: 250,
      maxBytes: 67_108_864,
      ackWaitMs: 30_000,
      timeoutMs: 30_000,
      startAt: 'first',
      ackPolicy: 'explicit',
      onFailure: 'hold',
      validate: 'always',
      deadLetter: 'DLQ',
      retry: { attempts: 5, minDelayMs: 200, maxDelayMs: 30_000 },
    });
  });

  it('takes a limit in bytes, and says what is wrong with one', () => {
    const spec = (maxBytes: unknown) =>
      workerSpec(worker('w', { from: Orders, maxBytes } as never, [on(Paid, nothing)]));
    expect(spec('1MiB').maxBytes).toBe(1_048_576);
    for (const wrong of [1_000, '0B', '1MB', ''])
      expect(problemOf(() => spec(wrong)).message).toContain('maxBytes must be a positive size');
  });

  it('filters by what it handles', () => {
    const spec = workerSpec(worker('billing', { from: Orders }, [on(Orders.messages, nothing)]));
    expect(spec.filters).toEqual(['orders.placed.*.*', 'orders.paid.*']);
  });

  it('filters by values of subject tokens', () => {
    const spec = workerSpec(
      worker('billing', { from: Orders, filter: { region: ['eu', 'us'] } }, [on(Placed, nothing)]),
    );
    expect(spec.filters).toEqual(['orders.placed.eu.*', 'orders.placed.us.*']);
  });

  it('binds to a subject hierarchy whose messages it all handles', () => {
    const spec = workerSpec(
      worker('audit', { from: Orders, filter: 'orders.>' }, [on(Orders.messages, nothing)]),
    );
    expect(spec.filters).toEqual(['orders.>']);
  });

  it('refuses a hierarchy that brings messages without a handler', () => {
    const declare = () =>
      worker('audit', { from: Orders, filter: 'orders.>' }, [on(Paid, nothing)]);
    expect(problemOf(declare).message).toContain('also takes OrderPlaced, which has no handler');
  });

  it('holds at most a quarter of the cap, but a whole batch', () => {
    const room = (options: object, handler = on(Paid, nothing)) =>
      workerSpec(worker('w', { from: Orders, ...options }, [handler])).room;
    expect(room({ concurrency: 10 })).toBe(40);
    expect(room({ maxAckPending: 100 })).toBe(25);
    expect(room({ maxAckPending: 1 })).toBe(1);
    expect(room({}, onBatch(Paid, { size: 900, within: '1s' }, nothing))).toBe(900);
  });

  it('lists everything that is wrong at once', () => {
    const wrong = {
      from: Orders,
      concurrency: 0,
      maxAckPending: 1.5,
      ackWait: '30 sec',
      startAt: 'last',
      retry: { attempts: 0, tries: 3 },
      deadLetter: 'dlq',
      concurency: 3,
    } as unknown as { from: typeof Orders };
    const error = problemOf(() => worker('w', wrong, [on(Paid, nothing), on(Paid, nothing)]));
    expect(error.code).toBe('CONFIG_INVALID');
    for (const word of [
      'concurrency',
      'maxAckPending',
      'ackWait',
      'startAt',
      'retry.attempts',
      'retry.tries',
      'deadLetter',
      'concurency',
      'two handlers',
    ])
      expect(error.message).toContain(word);
  });

  it("tries once, keeps nothing, and has no cap with ackPolicy 'none'", () => {
    const options = { from: Orders, ackPolicy: 'none', orderBy: 'orderId' } as const;
    const lossy = worker('lossy', options, [on(Paid, nothing)]);
    expect(workerSpec(lossy)).toMatchObject({
      ackPolicy: 'none',
      maxAckPending: Number.POSITIVE_INFINITY,
      room: 256,
      onFailure: 'skip',
      deadLetter: false,
      retry: { attempts: 1 },
    });
    const limited = withLimits(lossy, { concurrency: 2, maxAckPending: 1 });
    expect(workerSpec(limited)).toMatchObject({
      room: 8,
      maxAckPending: Number.POSITIVE_INFINITY,
    });
  });

  it("lists all that cannot hold with ackPolicy 'none'", () => {
    const options = {
      from: stream('WORK', { subjects: ['orders.>'], messages: [Paid], retention: 'workqueue' }),
      ackPolicy: 'none',
      retry: {},
      onFailure: 'skip',
      deadLetter: 'DLQ',
      inbox: kvInbox('paid'),
      ackWait: '1s',
      maxAckPending: 5,
      jetstream: { ack_policy: 'all' },
    } as const;
    const { message } = problemOf(() => worker('w', options, [on(Paid, nothing)]));
    for (const option of ['retry', 'onFailure', 'deadLetter', 'inbox', 'ackWait', 'maxAckPending'])
      expect(message).toContain(`'${option}' cannot hold with ackPolicy 'none'`);
    expect(message).toContain("'jetstream.ack_policy' is 'all'");
    expect(message).toContain('a workqueue keeps each message');
    const made = worker('w', { from: Orders, ackPolicy: 'none', deadLetter: false }, [
      on(Paid, nothing),
    ]);
    expect(workerSpec(made).deadLetter).toBe(false);
  });

  it('knows its ack policies', () => {
    const wrong = { from: Orders, ackPolicy: 'some' } as never;
    const { message } = problemOf(() => worker('w', wrong, [on(Paid, nothing)]));
    expect(message).toContain("'ackPolicy' must be 'explicit' or 'none', not 'some'");
    const all = { from: Orders, ackPolicy: 'all' } as never;
    expect(problemOf(() => worker('w', all, [on(Paid, nothing)])).message).toContain(
      'the server would take all that were delivered before it as acknowledged',
    );
  });

  it('takes bounds for concurrency, a breaker and rate limits, and lists what is wrong with them', () => {
    const spec = (options: object, handler = on(Paid, nothing)) =>
      workerSpec(worker('w', { from: Orders, ...options }, [handler]));
    expect(spec({ concurrency: { min: 2, max: 10 } })).toMatchObject({
      concurrency: 10,
      adaptive: { min: 2, max: 10 },
      room: 40,
    });
    expect(spec({ rateLimit: { messages: 3, per: '1m' } }).rateLimits).toEqual([
      { count: 3, perMs: 60_000, burst: 3, keyOf: undefined },
    ]);
    const wrong = {
      concurrency: { min: 3, max: 2, mid: 1 },
      breaker: { failures: 0, openFor: 'long', when: true, after: 1 },
      rateLimit: [{ messages: 0, per: '0s', burst: 1.5, key: 'region', each: 1 }, 7],
    };
    const { message } = problemOf(() => spec(wrong));
    for (const words of [
      "'concurrency.min' (3) must not be more than 'concurrency.max' (2)",
      'concurrency.mid',
      "'breaker.failures' must be a whole number from 1, not 0",
      'breaker.openFor must be a positive duration',
      "'breaker.when' must be a function",
      'breaker.after',
      "'rateLimit[0].messages' must be a whole number from 1, not 0",
      'rateLimit[0].per must be a positive duration',
      "'rateLimit[0].burst' must be a whole number from 1, not 1.5",
      "'rateLimit[0].key' names {region}, which the subject of OrderPaid does not have",
      'rateLimit[0].each',
      "'rateLimit[1]' must be a limit",
    ])
      expect(message).toContain(words);
    const batch = onBatch(Paid, { size: 10, within: '1s' }, nothing);
    expect(
      problemOf(() => spec({ rateLimit: { messages: 9, per: '1s', key: 'orderId' } }, batch))
        .message,
    ).toMatch(/a batch of 10 never begins[\s\S]*cannot hold for onBatch/);
    expect(problemOf(() => spec({ concurrency: { min: 0, max: '2' } })).message).toContain(
      "not { min: 0, max: '2' }",
    );
  });

  it('refuses a retry policy with no limit, and lists what is wrong with its rules', () => {
    const refused = (retry: object) =>
      problemOf(() => worker('w', { from: Orders, retry }, [on(Paid, nothing)])).message;
    const endless = { attempts: Number.POSITIVE_INFINITY };
    expect(refused(endless)).toContain('a policy with no limit');
    expect(refused({ rules: [{ match: Error, ...endless }] })).toContain('a policy with no limit');
    worker('w', { from: Orders, retry: { ...endless, within: '1h' } }, [on(Paid, nothing)]);
    const wrong = refused({
      within: 'soon',
      delay: 3,
      minDelay: '',
      rules: [
        null,
        { match: 'TypeError', giveUp: false },
        { match: Error, giveUp: true, attempts: 3 },
        { match: Error, minDelay: '31s', tries: 1 },
      ],
    });
    for (const words of [
      'retry.within must be a positive duration',
      "'retry.delay' must be a function",
      'retry.minDelay must be a positive duration',
      "'retry.rules[0]' must be a rule",
      "'retry.rules[1].match' must be a class of errors or a function",
      "'retry.rules[1].giveUp' must be true",
      "'retry.rules[2]' gives up at once: attempts cannot hold",
      'retry.rules[3].tries',
    ])
      expect(wrong).toContain(words);
    expect(refused({ rules: [{ match: Error, minDelay: '31s' }] })).toContain(
      "'retry.rules[0].minDelay' (31s) must not be longer than 'retry.rules[0].maxDelay' (30s)",
    );
  });

  it('lists a wrong name with everything else, and shows a text as a text', () => {
    const options = { from: Orders, concurrency: '3' } as unknown as { from: typeof Orders };
    const { message } = problemOf(() => worker('Bad Name', options, [on(Paid, nothing)]));
    expect(message).toContain("name 'Bad Name'");
    expect(message).toContain("'concurrency' must be a whole number from 1, not '3'");
  });

  it('refuses a handler that is no function', () => {
    expect(problemOf(() => on(Paid, undefined as never)).message).toContain('a function to call');
  });

  it('refuses a name that is no durable name', () => {
    expect(
      problemOf(() => worker('Billing Worker', { from: Orders }, [on(Paid, nothing)])).message,
    ).toContain('kebab-case');
  });

  it('refuses a batch in lanes', () => {
    const declare = () =>
      worker('w', { from: Orders, orderBy: 'orderId' }, [
        onBatch(Paid, { size: 9, within: '1s' }, nothing),
      ]);
    expect(problemOf(declare).message).toContain('onBatch() cannot be ordered');
  });
});

describe('a partitioned worker', () => {
  const Shared = stream('SHARED', {
    subjects: ['orders.>'],
    messages: [Placed, Paid],
    partitions: { by: 'orderId', count: 4 },
  });

  it('is ordered by the token of its stream, with a short ack wait', () => {
    const spec = workerSpec(worker('w', { from: Shared, partitioned: true }, [on(Paid, nothing)]));
    expect(spec.partitions).toEqual({
      by: 'orderId',
      count: 4,
      routes: [{ filter: 'orders.paid.*', at: 1 }],
    });
    expect(spec.ackWaitMs).toBe(5_000);
    expect(spec.laneOf?.({ params: { orderId: 'o-1' } } as never)).toBe('o-1');
  });

  it.each<[string, object, RegExp]>([
    ['a stream without partitions', { from: Orders }, /stream ORDERS has no partitions/],
    ['filters by hierarchy', { filter: 'orders.>' }, /takes 'filter' by subject token/],
    ['a filter on the deciding token', { filter: { orderId: 'o-1' } }, /must not name \{orderId\}/],
    ['what is no switch', { partitioned: 'yes' }, /'partitioned' must be true or false, not 'yes'/],
  ])('refuses %s', (_, options, words) => {
    const all = { from: Shared, partitioned: true, ...options } as never;
    const problem = problemOf(() => worker('w', all, [on(Shared.messages, nothing)]));
    expect(problem.code).toBe('CONFIG_INVALID');
    expect(problem.message).toMatch(words);
  });

  it('refuses batches', () => {
    const batch = onBatch(Paid, { size: 2, within: '1s' }, nothing);
    const problem = problemOf(() => worker('w', { from: Shared, partitioned: true }, [batch]));
    expect(problem.message).toMatch(/onBatch\(\) cannot be partitioned/);
  });

  it('wants an inbox that remembers for longer than a message may come again', () => {
    const declare = (keepFor: '10m' | '5m', retry = {}) =>
      worker('billing', { from: Orders, inbox: kvInbox('billing', { keepFor }), retry }, [
        on(Paid, nothing),
      ]);
    expect(workerSpec(declare('10m')).inbox).toBeDefined();
    expect(problemOf(() => declare('5m')).message).toContain(
      "inbox 'billing' remembers a message for 300000 ms, but with this retry, timeout and ackWait it may come again after 450000 ms",
    );
    expect(workerSpec(declare('5m', { attempts: 3 })).inbox).toBeDefined();
    expect(
      workerSpec(declare('5m', { attempts: Number.POSITIVE_INFINITY, within: '1m' })).inbox,
    ).toBeDefined();
    expect(
      problemOf(() => declare('10m', { rules: [{ match: TypeError, attempts: 50 }] })).message,
    ).toContain('raise keepFor');
  });

  it.each([3, null, {}, 'billing'])('wants an inbox, not %j', (inbox) => {
    const declare = () =>
      worker('billing', { from: Orders, inbox: inbox as never }, [on(Paid, nothing)]);
    expect(problemOf(declare).message).toContain(
      "'inbox' must be an inbox, such as kvInbox('billing')",
    );
  });
});

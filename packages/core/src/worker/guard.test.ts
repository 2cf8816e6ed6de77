import { event, stream } from '@jetlane/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type BreakerEvent, diagnostics } from '../diagnostics.ts';
import { type MemoryClient, memory } from '../memory/memory.ts';
import { type Context, on, type Result } from './handler.ts';
import type { RunningWorker } from './runner.ts';
import { type WorkerOptions, withLimits, worker, workerSpec } from './worker.ts';
import type { WorkerSpec } from './worker-spec.ts';

const Sent = event('Sent', {
  subject: 'sent.{key}',
  schema: z.object({ key: z.string(), n: z.number() }),
});
const Stream = stream('GUARDED', { subjects: ['sent.>'], messages: [Sent] });

type Options = Omit<WorkerOptions<typeof Stream>, 'from'>;
type Handle = (
  message: { key: string; n: number },
  context: Context,
  attempt: number,
) => Result | Promise<Result>;

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function started(options: Options, handle: Handle) {
  const client = memory({ clock: 'manual' });
  open.push(() => client.close({ timeout: '100ms' }));
  await client.start(
    worker('guarded', { from: Stream, ...options }, [
      on(Sent, ({ data, attempt }, context) => handle(data, context, attempt)),
    ]),
  );
  return client;
}

const held = (client: MemoryClient) => client.workers[0]?.held();
const numbered = (count: number, key = 'k') =>
  Array.from({ length: count }, (_, n) => Sent({ key, n }));

function breakerStates(): string[] {
  const states: string[] = [];
  const listen = (told: unknown) => {
    const { worker: name, state } = told as BreakerEvent;
    if (name === 'guarded') states.push(state);
  };
  diagnostics.breaker.subscribe(listen);
  open.push(() => diagnostics.breaker.unsubscribe(listen));
  return states;
}

describe('a breaker around the handlers of a worker', () => {
  const breaker = { failures: 3, openFor: '1m' } as const;

  it('calls nothing and burns no attempts while it is open, and goes on after one that succeeds', async () => {
    const states = breakerStates();
    let down = true;
    const calls: string[] = [];
    const client = await started(
      { breaker, concurrency: 1, ackWait: '10s', retry: { minDelay: '1s', maxDelay: '1s' } },
      ({ n }, _, attempt) => {
        calls.push(`${n}#${attempt}`);
        if (down) throw new Error('down');
      },
    );
    await client.publish(numbered(10));
    await client.idle();
    expect(calls).toEqual(['0#1', '1#1', '2#1']);
    expect(held(client)).toMatchObject({ running: 0, breaker: 'open' });
    await client.advance('59s');
    expect(calls).toHaveLength(3);
    await client.advance('2s');
    expect(calls).toHaveLength(4);
    expect(states).toEqual(['open', 'half-open', 'open']);
    down = false;
    await client.advance('2m');
    expect(held(client)).toMatchObject({ all: 0, breaker: 'closed' });
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
    expect(calls).toHaveLength(14);
    // What failed was tried as often as it failed; what waited was never delivered a second time.
    const attempts = (n: number) => calls.filter((call) => call.startsWith(`${n}#`)).at(-1);
    expect([0, 1, 2, 4, 9].map(attempts)).toEqual(['0#2', '1#2', '2#2', '4#1', '9#1']);
    expect(client.deadLetters).toEqual([]);
  });

  it('pulls nothing more while it is open', async () => {
    let down = true;
    let calls = 0;
    const client = await started({ breaker, concurrency: 20 }, async () => {
      calls++;
      await new Promise(setImmediate);
      if (down) throw new Error('down');
    });
    await client.publish(numbered(200));
    await client.idle();
    await client.advance('30s');
    const [running] = client.workers as [RunningWorker];
    expect(running.held()).toMatchObject({ breaker: 'open', limit: 20 });
    const failed = calls;
    expect(failed).toBe(22);
    // Room for 80, and three places were free again before it opened.
    expect((await running.state()).lag).toBeGreaterThanOrEqual(200 - 80 - 3);
    down = false;
    await client.advance('10m');
    expect(running.held().all).toBe(0);
    expect(calls).toBe(200 + failed);
  });

  it('does not count what says something of the message only', async () => {
    const client = await started(
      { breaker: { ...breaker, when: (error) => !(error instanceof RangeError) } },
      ({ n }, { reject }) => {
        if (n % 2 === 0) reject('not for us');
        throw new RangeError('nor this');
      },
    );
    await client.publish(numbered(20));
    await client.advance('10m');
    expect(held(client)).toMatchObject({ all: 0, breaker: 'closed' });
  });

  it('counts context.retry()', async () => {
    const client = await started({ breaker }, (_, { retry }) => retry('1h'));
    await client.publish(numbered(3));
    await client.idle();
    expect(held(client)?.breaker).toBe('open');
  });

  it('counts what a broken `when` does not answer for, and tells', async () => {
    const told: unknown[] = [];
    const listen = (event: unknown) => told.push(event);
    diagnostics.policy.subscribe(listen);
    open.push(() => diagnostics.policy.unsubscribe(listen));
    const when = (error: unknown) => {
      if (error === 'first') throw new Error('bug');
      return undefined as unknown as boolean;
    };
    const client = await started({ breaker: { ...breaker, failures: 2, when } }, ({ n }) => {
      throw n === 0 ? 'first' : 'second';
    });
    await client.publish(numbered(2));
    await client.idle();
    expect(held(client)?.breaker).toBe('open');
    expect(told).toMatchObject([{ option: 'breaker.when' }, { option: 'breaker.when' }]);
  });

  it('gives back at once what it holds when the client closes', async () => {
    const client = await started({ breaker }, () => {
      throw new Error('down');
    });
    await client.publish(numbered(20));
    await client.idle();
    // It would wait for half of this time.
    await client.close({ timeout: '1h' });
    expect(held(client)?.all).toBe(0);
  });
});

describe('a rate limit', () => {
  it('begins no more in a period than it allows, and burns no attempts of what waits', async () => {
    const calls: string[] = [];
    const client = await started(
      { rateLimit: { messages: 5, per: '10s' }, ackWait: '3s', retry: { attempts: 1 } },
      ({ n }, _, attempt) => void calls.push(`${n}#${attempt}`),
    );
    await client.publish(numbered(20));
    await client.idle();
    expect(calls).toHaveLength(5);
    expect(held(client)).toMatchObject({ all: 15, throttled: 15 });
    await client.advance('10s');
    expect(calls).toHaveLength(10);
    await client.advance('20s');
    expect(calls).toEqual(Array.from({ length: 20 }, (_, n) => `${n}#1`));
    expect(held(client)).toMatchObject({ all: 0, throttled: 0 });
  });

  it('holds back a key without the others', async () => {
    const calls: string[] = [];
    const client = await started(
      { rateLimit: { messages: 1, per: '1m', key: 'key' }, orderBy: 'key' },
      ({ key, n }) => void calls.push(`${key}${n}`),
    );
    await client.publish([...numbered(50, 'hot'), ...numbered(1, 'cold'), ...numbered(1, 'mild')]);
    await client.idle();
    expect(calls).toEqual(['hot0', 'cold0', 'mild0']);
    await client.advance('3m');
    expect(calls.slice(3)).toEqual(['hot1', 'hot2', 'hot3']);
  });

  it('gives back at once what it holds back when the client closes', async () => {
    const client = await started({ rateLimit: { messages: 1, per: '1h' } }, () => {});
    await client.publish(numbered(20));
    await client.idle();
    // It would wait for half of this time.
    await client.close({ timeout: '1h' });
    expect(held(client)?.all).toBe(0);
  });

  it('counts under one key what its key function fails for, and tells', async () => {
    const told: unknown[] = [];
    const listen = (event: unknown) => told.push(event);
    diagnostics.policy.subscribe(listen);
    open.push(() => diagnostics.policy.unsubscribe(listen));
    let calls = 0;
    const key = ({ data: { n } }: { data: { n: number } }) => {
      if (n % 2 === 0) throw new Error('bug');
      return undefined as unknown as string;
    };
    const client = await started(
      { rateLimit: { messages: 1, per: '1m', key } },
      () => void calls++,
    );
    await client.publish(numbered(4));
    await client.idle();
    expect(calls).toBe(1);
    await client.advance('3m');
    expect(calls).toBe(4);
    expect(told).toContainEqual(expect.objectContaining({ option: 'rateLimit.key' }));
  });
});

describe('bounds for concurrency', () => {
  it('show the limit as it is now, which follows the calls', async () => {
    let running = 0;
    let most = 0;
    const client = await started({ concurrency: { min: 3, max: 9 } }, async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
    });
    expect(held(client)?.limit).toBe(3);
    await client.publish(numbered(500));
    await client.idle();
    expect(held(client)).toMatchObject({ all: 0, limit: 9 });
    expect(most).toBe(9);
  });

  it('give way to a number that the program which runs the worker sets', () => {
    const adaptive = worker('w', { from: Stream, concurrency: { min: 3, max: 9 } }, [
      on(Sent, () => {}),
    ]);
    const limits = ({ adaptive, concurrency, room }: WorkerSpec) => [adaptive, concurrency, room];
    const spec = (given: object) => limits(workerSpec(withLimits(adaptive, given)));
    expect(spec({})).toEqual([{ min: 3, max: 9 }, 9, 36]);
    expect(spec({ concurrency: 5 })).toEqual([undefined, 5, 20]);
  });
});

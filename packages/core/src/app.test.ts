import { command, event, type JetlaneError, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { app, collect, isApp } from './app.ts';
import { on, onBatch } from './worker/handler.ts';
import { worker } from './worker/worker.ts';

const Id = z.object({ orderId: z.string() });
const Placed = event('OrderPlaced', { subject: 'orders.placed.{orderId}', schema: Id });
const Pay = command('PayOrder', { subject: 'cmd.pay.{orderId}', schema: Id });
const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed] });
const Commands = stream('COMMANDS', { subjects: ['cmd.>'], messages: [Pay] });
const billing = worker('billing', { from: Orders }, [on(Placed, () => {})]);
const paying = (name: string) => worker(name, { from: Commands }, [on(Pay, () => {})]);

function problemsOf(declare: () => unknown): string {
  try {
    declare();
  } catch (error) {
    expect((error as JetlaneError).code).toBe('CONFIG_INVALID');
    return (error as JetlaneError).message;
  }
  throw new Error('was accepted');
}

describe('app', () => {
  it('is an inert value', () => {
    const shop = app('shop', { streams: [Orders], run: [billing] });
    expect(shop).toMatchObject({ kind: 'app', name: 'shop' });
    expect(isApp(shop)).toBe(true);
    expect(isApp({ kind: 'app' })).toBe(false);
  });

  it('says what it needs when it gets nothing', () => {
    expect(problemsOf(() => app('shop', undefined as never))).toContain('needs { streams');
  });

  it('refuses a command with two handlers', () => {
    const run = [paying('one'), paying('two')];
    expect(problemsOf(() => app('shop', { streams: [Commands], run }))).toContain(
      "command PayOrder has 2 handlers, in 'one' and 'two'",
    );
  });

  it('lists all that is wrong at once', () => {
    const Twin = stream('TWIN', { subjects: ['orders.placed.*'], messages: [Placed] });
    const message = problemsOf(() =>
      app('Shop!', { streams: [Orders, Twin], run: [paying('pay'), billing, billing, Orders] }),
    );
    for (const part of [
      "name 'Shop!'",
      'reads stream COMMANDS',
      "two workers are named 'billing'",
      'overlap',
      'OrderPlaced is carried by two streams',
      "stream 'ORDERS' cannot be run",
    ])
      expect(message).toContain(part);
  });
});

describe('collect', () => {
  it('gathers the streams of workers that are started without an app', () => {
    const { streams, workers, source } = collect([billing]);
    expect(streams).toEqual([Orders]);
    expect(workers.map(({ name }) => name)).toEqual(['billing']);
    expect(source).toBeUndefined();
  });

  it('takes the source from the app', () => {
    expect(collect([app('shop', { streams: [Orders], run: [billing] })]).source).toBe('shop');
  });

  it('accepts the same part twice and refuses another one of its name', () => {
    expect(collect([billing, billing, Orders]).workers).toHaveLength(1);
    const other = worker('billing', { from: Orders }, [on(Placed, () => {})]);
    expect(problemsOf(() => collect([billing, other]))).toContain(
      "two workers are named 'billing'",
    );
  });

  it('says what is no Jetlane value', () => {
    expect(problemsOf(() => collect([undefined as never]))).toContain('a value of type undefined');
  });
});

it('refuses parts that are nothing, and what cannot be printed, in words', () => {
  const nothing = Object.create(null);
  const refused = expect.objectContaining({ code: 'CONFIG_INVALID' });
  expect(() => app('shop', { streams: [null], run: [null] } as never)).toThrowError(refused);
  expect(() => app(nothing, { streams: [], run: [] })).toThrowError(refused);
  for (const option of ['deadLetter', 'startAt', 'onFailure', 'filter'])
    expect(() =>
      worker(nothing, { from: Orders, [option]: [nothing] } as never, [] as never),
    ).toThrowError(refused);
  expect(() => onBatch(Placed, { size: nothing, within: nothing }, () => {})).toThrowError(refused);
});

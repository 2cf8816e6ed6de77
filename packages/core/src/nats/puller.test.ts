import type { Msg } from '@nats-io/nats-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Subscriber } from '../bus.ts';
import { realClock } from '../clock.ts';
import type { Connection } from './connection.ts';
import { Puller } from './puller.ts';

/** Reply subjects of the requests so far. */
let asked: string[];
let answer: (msg: Msg) => void;
let looks: number;
let puller: Puller;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  looks = 0;
  const never = () => () => {};
  const connection = {
    connected: true,
    apiPrefix: '$JS.API',
    newInbox: () => '_INBOX.1',
    subscribe(_: string, take: (msg: Msg) => void) {
      answer = take;
      return { unsubscribe() {}, drain: () => Promise.resolve() };
    },
    onChange: never,
    onServerError: never,
    onEnd: never,
    probe: () => Promise.resolve(),
    nc: {
      publish: (_: string, __: string, { reply }: { reply: string }) => void asked.push(reply),
    },
  } as unknown as Connection;
  const source = {
    stream: 'ORDERS',
    durable: 'billing',
    restore() {
      looks++;
      return new Promise<void>(() => {}); // a durable without a leader does not answer
    },
    stop() {},
    order: undefined,
  };
  const subscriber = { room: 10, maxBytes: 1_000_000, deliver() {}, fail() {} };
  const clock = { ...realClock, now: () => Date.now() }; // the one of the test
  puller = new Puller(connection, source, subscriber as unknown as Subscriber, clock);
});
afterEach(async () => {
  await puller.stop(0);
  vi.useRealTimers();
});

/** Nobody listens where the last request went. */
function nobody(): void {
  const headers = { code: 503, description: '', get: () => '' };
  answer({ subject: asked.at(-1), headers, data: new Uint8Array() } as unknown as Msg);
}

it('a puller that misses heartbeats asks anew, and goes on asking until its durable has a leader', async () => {
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(4000);
  expect([asked.length, looks]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(1000);
  expect([asked.length, looks]).toEqual([2, 1]);
  for (let times = 3; times < 10; times++) {
    nobody();
    await vi.advanceTimersByTimeAsync(250);
    expect([asked.length, looks]).toEqual([times, 1]);
  }
});

it('a puller does not miss heartbeats while its own process stands still', async () => {
  await vi.advanceTimersByTimeAsync(1000);
  vi.setSystemTime(Date.now() + 8000);
  await vi.advanceTimersByTimeAsync(3000);
  expect([asked.length, looks]).toEqual([1, 0]);
});

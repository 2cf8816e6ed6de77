/** Both sides, over a line that a test holds in its hands. */
import type { Msg } from '@nats-io/nats-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../nats/connection.ts';
import { Histogram } from './histogram.ts';
import {
  encodeReport,
  type ProcessReport,
  REPORT_SUBJECT,
  type WorkerRecord,
} from './process-report.ts';
import { Reporter } from './reporter.ts';
import { workerReports } from './worker-reports.ts';

/** A connection on which `asked` is called with each request; `answer` is what arrives. */
function aLine(asked: (answer: (data: Uint8Array) => void) => void) {
  let onMessage: (msg: Msg) => void = () => {};
  let onError: (error: Error) => void = () => {};
  const state = { requests: 0, connected: true };
  const answer = (data: Uint8Array) => onMessage({ data } as Msg);
  const connection = {
    get connected() {
      return state.connected;
    },
    newInbox: () => '_INBOX.one',
    onServerError(listener: (error: Error) => void) {
      onError = listener;
      return () => {};
    },
    subscribe(_: string, listener: (msg: Msg) => void) {
      onMessage = listener;
      return { unsubscribe: () => {}, drain: async () => {} };
    },
    nc: {
      publish() {
        state.requests++;
        asked(answer);
      },
    },
  } as unknown as Connection;
  const silence = () => onMessage({ headers: { code: 503 }, data: new Uint8Array() } as Msg);
  return { connection, state, answer, silence, fail: (error: object) => onError(error as Error) };
}

/** A process with one worker, which settles what it is told to. */
function aProcess(id: string, sinceMs = 0) {
  const latency = new Histogram();
  const handling = new Histogram();
  const record = (): WorkerRecord => ({
    worker: 'billing',
    stream: 'ORDERS',
    sinceMs,
    held: 5,
    running: 2,
    room: 256,
    lanes: 3,
    settled: latency.count,
    retried: 0,
    buried: 0,
    latency: latency.pairs(),
    handling: handling.pairs(),
  });
  const report = (): ProcessReport => ({
    v: 1,
    id,
    host: 'here',
    pid: 7,
    app: 'shop',
    startedMs: 0,
    nowMs: 1_000_000,
    workers: [record()],
    left: 0,
  });
  return {
    settle(ms: number, times = 1) {
      for (let i = 0; i < times; i++) {
        latency.record(ms);
        handling.record(ms / 10);
      }
    },
    bytes: () => encodeReport(report(), 1e6),
  };
}

afterEach(() => {
  vi.useRealTimers();
});

const noTimePasses = () => vi.useFakeTimers({ toFake: ['setTimeout'] });

describe('asking how workers do', () => {
  it('tells what was settled between two looks, over all processes', async () => {
    const [one, other] = [aProcess('one'), aProcess('other')];
    one.settle(1, 1_000); // before anybody looked
    const { connection } = aLine((answer) =>
      queueMicrotask(() => setImmediate(() => [one, other].map((each) => answer(each.bytes())))),
    );
    const reports = workerReports(connection);
    expect(await reports.look()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    one.settle(50, 98);
    other.settle(400, 2);
    const [billing] = await reports.look();
    expect(billing).toMatchObject({ worker: 'billing', stream: 'ORDERS', settled: 100 });
    expect(billing?.processes).toMatchObject([
      { id: 'one', host: 'here', pid: 7, app: 'shop', held: 5, running: 2, lanes: 3 },
      { id: 'other' },
    ]);
    expect((billing?.latencyMs?.p50 ?? 0) / 50).toBeCloseTo(1, 1);
    expect((billing?.latencyMs?.p99 ?? 0) / 400).toBeCloseTo(1, 1);
    expect((billing?.handlingMs?.p99 ?? 0) / 40).toBeCloseTo(1, 1);
    const [again] = await reports.look();
    expect(again).toMatchObject({ settled: 0, latencyMs: undefined, handlingMs: undefined });
  });

  it('begins anew with a worker that did: what it settled since then counts once it is known', async () => {
    let process = aProcess('one');
    process.settle(1, 10);
    const { connection } = aLine((answer) => setImmediate(() => answer(process.bytes())));
    const reports = workerReports(connection);
    await reports.look();
    await new Promise((resolve) => setTimeout(resolve, 20));
    // Started just now, by the clock of its own process.
    process = aProcess('one', 1_000_000);
    process.settle(7, 3);
    expect((await reports.look())[0]).toMatchObject({ settled: 3 });
    // Started long ago, and never heard of: nobody knows what of it is new.
    process = aProcess('one', 5);
    process.settle(9, 4);
    expect((await reports.look())[0]).toMatchObject({ settled: 0, latencyMs: undefined });
    process.settle(9, 2);
    expect((await reports.look())[0]).toMatchObject({ settled: 2 });
  });

  it('does not wait again for one that is silent, and counts what it says later', async () => {
    const process = aProcess('one');
    let speaks = true;
    const { connection, state, answer } = aLine((say) => {
      if (speaks) setImmediate(() => say(process.bytes()));
    });
    const reports = workerReports(connection);
    await reports.look();
    await new Promise((resolve) => setTimeout(resolve, 20));
    speaks = false;
    process.settle(3, 5);
    expect((await reports.look())[0]).toMatchObject({ settled: 0 }); // after a while
    noTimePasses(); // whoever waits now waits for ever
    expect((await reports.look())[0]).toMatchObject({ settled: 0 });
    answer(process.bytes());
    speaks = true;
    expect((await reports.look())[0]).toMatchObject({ settled: 5 });
    expect(state.requests).toBe(4);
  });

  it('ends at once where nobody listens any more, and asks nothing while the connection is away', async () => {
    const process = aProcess('one');
    const line = aLine((say) => setImmediate(() => say(process.bytes())));
    const reports = workerReports(line.connection);
    await reports.look();
    await new Promise((resolve) => setTimeout(resolve, 20));
    line.connection.nc.publish = () => queueMicrotask(line.silence);
    noTimePasses();
    await reports.look();
    line.state.connected = false;
    line.connection.nc.publish = () => {
      throw new Error('asked');
    };
    await reports.look();
  });

  it('asks no more where it is not allowed to', async () => {
    const { connection, state, fail } = aLine(() => {});
    const reports = workerReports(connection);
    await reports.look();
    fail({ operation: 'publish', subject: 'another' });
    await reports.look();
    fail({ operation: 'publish', subject: REPORT_SUBJECT });
    await reports.look();
    expect(state.requests).toBe(2);
  });

  it('leaves out what is no report', async () => {
    const { connection } = aLine((answer) =>
      setImmediate(() => answer(new TextEncoder().encode('{"stream":"ALL","seq":1}'))),
    );
    const reports = workerReports(connection);
    await reports.look();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await reports.look()).toEqual([]);
  });
});

describe('a reporter', () => {
  const reported = { app: () => 'shop', workers: () => [] as WorkerRecord[] };

  function listening() {
    const heard: ((msg: Msg) => void)[] = [];
    const subscribe = (_: string, onMessage: (msg: Msg) => void) => {
      heard.push(onMessage);
      return { unsubscribe: () => {}, drain: async () => {} };
    };
    const reporter = new Reporter({ subscribe, maxPayload: 1e6 } as unknown as Connection);
    return { reporter, heard };
  }

  it('listens once, however many workers start', () => {
    const { reporter, heard } = listening();
    reporter.begin(reported);
    reporter.begin(reported);
    expect(heard).toHaveLength(1);
  });

  it('makes one answer for all who ask at the same time, and none for who wants none', () => {
    const { reporter, heard } = listening();
    let made = 0;
    const workers = () => {
      made++;
      return [];
    };
    reporter.begin({ ...reported, workers });
    const said: unknown[] = [];
    const ask = (reply: string) =>
      heard[0]?.({ reply, respond: (data: unknown) => said.push(data) } as unknown as Msg);
    ask('');
    for (let i = 0; i < 10; i++) ask('_INBOX.x');
    expect(made).toBe(1);
    expect(said).toHaveLength(10);
  });

  it('is silent when the connection is closing', () => {
    const { reporter, heard } = listening();
    reporter.begin(reported);
    const respond = () => {
      throw new Error('closed');
    };
    expect(() => heard[0]?.({ reply: '_INBOX.x', respond } as unknown as Msg)).not.toThrow();
  });
});

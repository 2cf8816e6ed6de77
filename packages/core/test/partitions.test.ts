import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, type Message, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { deadLetters } from '../src/dead-letters/dead-letters.ts';
import { open } from '../src/nats/connection.ts';
import { partitionStatus } from '../src/partitions/partition-status.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { until } from './until.ts';

const fixture = new URL('./fixtures/partition-worker.mjs', import.meta.url).pathname;
const OrderPlaced = event('OrderPlaced', {
  subject: 'orders.placed.{customerId}',
  schema: z.object({ customerId: z.string(), number: z.number() }),
});
const Orders = stream('ORDERS', {
  subjects: ['orders.>'],
  messages: [OrderPlaced],
  partitions: { by: 'customerId', count: 8 },
});
const KEYS = 32;
const place = (number: number) => OrderPlaced({ customerId: `c-${number % KEYS}`, number });

let server: Server;
let client: Client;
let folder: string;
let ledger: string;
const children = new Set<ChildProcess>();
/** When a process was killed, by its id. */
const killed = new Map<number, number>();

beforeEach(async () => {
  server = await startServer();
  client = await connect({ servers: server.url });
  await client.start(Orders);
  folder = await mkdtemp(join(tmpdir(), 'jetlane-partitions-'));
  ledger = join(folder, 'ledger');
  await writeFile(ledger, '');
  killed.clear();
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await client.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

async function startWorker(...args: string[]): Promise<{ child: ChildProcess; said: string }> {
  const child = fork(fixture, [server.url, ledger, ...args], { stdio: 'inherit' });
  children.add(child);
  child.once('exit', () => {
    killed.set(child.pid as number, Date.now());
    children.delete(child);
  });
  const said = await new Promise<string>((resolve) => {
    child.once('message', (message) => resolve(String(message)));
    child.once('exit', () => resolve('exited'));
  });
  return { child, said };
}

interface Line {
  readonly what: string;
  readonly key: string;
  readonly number: number;
  readonly ms: number;
  readonly pid: number;
}

async function lines(): Promise<Line[]> {
  const text = (await readFile(ledger, 'utf8')).trim();
  if (text === '') return [];
  return text.split('\n').map((line) => {
    const [what = '', key = '', number, ms, pid] = line.split(' ');
    return { what, key, number: Number(number), ms: Number(ms), pid: Number(pid) };
  });
}

async function done(): Promise<number> {
  return new Set((await lines()).filter(({ what }) => what === 'end').map(({ number }) => number))
    .size;
}

/** Numbers of a key that were first begun after a later one of that key. */
function inversions(all: readonly Line[]): string[] {
  const found: string[] = [];
  const highest = new Map<string, number>();
  const seen = new Set<number>();
  for (const { what, key, number } of all) {
    if (what !== 'begin' || seen.has(number)) continue;
    seen.add(number);
    if (number < (highest.get(key) ?? -1))
      found.push(`${key}: ${number} after ${highest.get(key)}`);
    highest.set(key, Math.max(number, highest.get(key) ?? -1));
  }
  return found;
}

/** Keys that two processes had in hand at once. */
function overlaps(all: readonly Line[]): string[] {
  const found: string[] = [];
  const open = new Map<string, Line>();
  for (const line of all) {
    const other = open.get(line.key);
    if (line.what === 'end') {
      if (other?.pid === line.pid) open.delete(line.key);
      continue;
    }
    const diedMs = killed.get(other?.pid ?? 0) ?? Number.POSITIVE_INFINITY;
    if (other !== undefined && line.ms < diedMs)
      found.push(
        `${line.key}: ${line.number} by ${line.pid} during ${other.number} by ${other.pid}`,
      );
    open.set(line.key, line);
  }
  return found;
}

async function publishAll(from: number, to: number): Promise<void> {
  for (let next = from; next < to; next += 100) {
    const size = Math.min(100, to - next);
    await client.publish(Array.from({ length: size }, (_, index) => place(next + index)));
  }
}

describe('a partitioned worker', () => {
  it('keeps the order of every key over four processes, through kills and joins', async () => {
    const count = 4_000;
    const args = ['2s', '8', '15'];
    for (let i = 0; i < 4; i++) expect((await startWorker(...args)).said).toBe('ready');
    const publishing = publishAll(0, count);
    for (let kills = 1; kills <= 3; kills++) {
      await until(`work before kill ${kills}`, async () => (await done()) > (kills * count) / 5);
      // One that has work in hand.
      const last = (await lines()).findLast(({ pid }) => !killed.has(pid));
      const victim = [...children].find(({ pid }) => pid === last?.pid);
      victim?.kill('SIGKILL');
      await until('it to be gone', () => killed.has(last?.pid ?? 0));
      expect((await startWorker(...args)).said).toBe('ready');
    }
    await publishing;
    await until('every order to be handled', async () => (await done()) === count, 60_000);
    const all = await lines();
    expect(inversions(all)).toEqual([]);
    expect(overlaps(all)).toEqual([]);
    const processes = new Set(all.map(({ pid }) => pid));
    expect([...killed.keys()].filter((pid) => processes.has(pid))).toHaveLength(3);
    expect(processes.size).toBeGreaterThan(4);
  });

  it('hands over at once, without anything coming twice, when a process leaves', async () => {
    const count = 2_000;
    const args = ['30s', '8', '4'];
    const first = await startWorker(...args);
    const second = await startWorker(...args);
    const publishing = publishAll(0, count);
    await until(
      'work in both',
      async () => new Set((await lines()).map(({ pid }) => pid)).size > 1,
    );
    await until('a part of it', async () => (await done()) > count / 4);
    first.child.kill('SIGTERM');
    await publishing;
    await until('every order to be handled', async () => (await done()) === count);
    const all = await lines();
    expect(inversions(all)).toEqual([]);
    expect(overlaps(all)).toEqual([]);
    expect(all.filter(({ what }) => what === 'begin')).toHaveLength(count);
    expect(second.child.exitCode).toBeNull();
  });

  it('keeps the order of every key when a process stands still and comes back', async () => {
    const count = 3_000;
    const args = ['2s', '8', '15'];
    for (let i = 0; i < 3; i++) expect((await startWorker(...args)).said).toBe('ready');
    const publishing = publishAll(0, count);
    await until('work', async () => (await done()) > count / 5);
    const { pid } = (await lines()).at(-1) as Line;
    const victim = [...children].find((child) => child.pid === pid) as ChildProcess;
    const stoodFromMs = Date.now();
    victim.kill('SIGSTOP');
    await until('others to take over', async () => {
      const later = (await lines()).filter(({ ms }) => ms > stoodFromMs + 3_500);
      return later.length > 0 || Date.now() > stoodFromMs + 7_000;
    });
    victim.kill('SIGCONT');
    await publishing;
    await until('every order to be handled', async () => (await done()) === count, 60_000);
    const all = await lines();
    expect(inversions(all)).toEqual([]);
    // What it had in hand while it stood still is finished when it comes back: only an inbox can refuse that.
    const stood = (line: string) => line.endsWith(` by ${pid}`);
    expect(overlaps(all).filter((line) => !stood(line))).toEqual([]);
  });

  it('says who disagrees about the number of partitions', async () => {
    expect((await startWorker('2s', '8')).said).toBe('ready');
    const { said } = await startWorker('2s', '16');
    expect(said).toMatch(/^TOPOLOGY_CONFLICT: .*8 partitions on the server and 16 here/s);
    expect(said).toMatch(/start the worker under another name/);
  });
});

describe('a message of a partition', () => {
  const placed = (customerId: string, number: number) => OrderPlaced({ customerId, number });

  it('has the subject, position and time that it has in its stream', async () => {
    const seen: Message[] = [];
    const acks = await client.publish([placed('a', 1), placed('b', 2), placed('a', 3)]);
    await client.start(
      worker('audit', { from: Orders, partitioned: true }, [
        on(OrderPlaced, (message) => void seen.push(message as Message)),
      ]),
    );
    await until('all of them', () => seen.length === 3);
    const sorted = seen.sort((a, b) => a.seq - b.seq);
    expect(sorted.map(({ seq }) => seq)).toEqual(acks.map(({ seq }) => seq));
    expect(sorted.map(({ subject }) => subject)).toEqual([
      'orders.placed.a',
      'orders.placed.b',
      'orders.placed.a',
    ]);
    expect(sorted[0]?.time.toISOString()).toBe(
      new Date(sorted[0]?.headers['ce-time'] ?? '').toISOString(),
    );
  });

  it('is handled though one before the dedupe window had its id, and is copied right behind it', async () => {
    const Again = event('Again', {
      subject: 'again.{key}',
      schema: z.object({ key: z.string(), number: z.number() }),
    });
    const Repeats = stream('REPEATS', {
      subjects: ['again.>'],
      messages: [Again],
      dedupeWindow: '100ms',
      partitions: { by: 'key', count: 2 },
    });
    await client.start(Repeats);
    const send = (number: number) => client.publish(Again({ key: 'k', number }, { id: 'same' }));
    expect((await send(1)).duplicate).toBe(false);
    await until('its id to be forgotten', async () => !(await send(2)).duplicate);
    const seen: number[] = [];
    const reader = worker('reader', { from: Repeats, partitioned: true }, [
      on(Again, ({ data }) => void seen.push(data.number)),
    ]);
    await client.start(reader);
    await until('both', () => seen.length === 2);
    expect(seen).toEqual([1, 2]);
  });

  it('has the time that its policy gives it from when it is due, or replayed, whatever its date', async () => {
    let broken = true;
    const seen: number[] = [];
    const retry = { attempts: 1, within: '3s' } as const;
    const options = { from: Orders, partitioned: true, retry } as const;
    await client.start(
      worker('brief', options, [
        on(OrderPlaced, ({ data }) => {
          if (broken && data.number === 1) throw new Error('no');
          seen.push(data.number);
        }),
      ]),
    );
    const late = { customerId: 'a', number: 2 };
    await client.publish([placed('a', 1), OrderPlaced(late, { delay: '4s' })]);
    await until('the delayed one', () => seen.length === 1);
    broken = false;
    expect(await client.deadLetters.replay({ worker: 'brief' })).toMatchObject({ replayed: 1 });
    await until('the replay', () => seen.length === 2);
    expect(seen).toEqual([2, 1]);
  });

  it('that is given up on can be replayed to its worker alone, in its partition', async () => {
    let broken = true;
    const seen: string[] = [];
    const others: string[] = [];
    const options = { from: Orders, partitioned: true, retry: { attempts: 1 } } as const;
    await client.start(
      worker('fragile', options, [
        on(OrderPlaced, ({ data, subject }) => {
          if (broken && data.number === 2) throw new Error('no');
          seen.push(`${subject} ${data.number}`);
        }),
      ]),
      worker('other', { from: Orders, partitioned: true }, [
        on(OrderPlaced, ({ data }) => void others.push(String(data.number))),
      ]),
    );
    const [, ack] = await client.publish([placed('a', 1), placed('b', 2), placed('a', 3)]);
    const connection = await open({ servers: server.url });
    const letters = deadLetters(connection);
    const found = async () => {
      for await (const letter of letters.list({ worker: 'fragile' })) return letter;
      return undefined;
    };
    await until('the letter', async () => (await found()) !== undefined);
    expect(await found()).toMatchObject({
      stream: 'ORDERS',
      streamSeq: ack?.seq,
      subject: 'orders.placed.b',
      worker: 'fragile',
    });
    broken = false;
    expect(await letters.replay({ worker: 'fragile' })).toEqual({ replayed: 1, skipped: [] });
    await until('the replay', () => seen.length === 3);
    await until('the others', () => others.length === 3);
    expect(seen.at(-1)).toBe('orders.placed.b 2');
    await connection.nc.close();
  });

  it('waits in all partitions while its worker is paused', async () => {
    const seen: number[] = [];
    await client.start(
      worker('paused', { from: Orders, partitioned: true }, [
        on(OrderPlaced, ({ data }) => void seen.push(data.number)),
      ]),
    );
    await client.publish(placed('a', 1));
    await until('the first', () => seen.length === 1);
    await client.pause('paused', { stream: 'ORDERS' });
    await client.publish(Array.from({ length: KEYS }, (_, index) => placed(`p-${index}`, index)));
    const connection = await open({ servers: server.url });
    await until('them to wait', async () => {
      const all = await partitionStatus(connection);
      return all.reduce((sum, { lag }) => sum + lag, 0) === KEYS;
    });
    expect(seen).toEqual([1]);
    await client.resume('paused');
    await until('them to come', () => seen.length === KEYS + 1);
    await connection.nc.close();
  });

  it('is read from the beginning, from now on, or from a time, as its worker says', async () => {
    const begins = (name: string, startAt: 'first' | 'new' | Date) => {
      const seen: number[] = [];
      const part = worker(name, { from: Orders, partitioned: true, startAt }, [
        on(OrderPlaced, ({ data }) => void seen.push(data.number)),
      ]);
      return { seen, part };
    };
    await client.publish([placed('a', 1), placed('b', 2)]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const since = new Date();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client.publish(placed('a', 3));
    const readers = [
      begins('all', 'first'),
      begins('late', 'new'),
      begins('since', since),
    ] as const;
    await client.start(...readers.map(({ part }) => part));
    await client.publish(placed('c', 4));
    const numbers = () => readers.map(({ seen }) => [...seen].sort());
    await until('all three', () => numbers().every((seen) => seen.includes(4)));
    expect(numbers()).toEqual([[1, 2, 3, 4], [4], [3, 4]]);
    // What exists is as declared, however often it is started.
    const again = await connect({ servers: server.url, topology: 'verify' });
    await again.start(...readers.map(({ part }) => part));
    await again.close();
  });
});

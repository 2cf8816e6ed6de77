/**
 * What the server holds in memory for each id, subject, consumer and connection, and what that does to the cost of a
 * message. Memory is the live heap after a garbage collection, so that a hundred of anything can be told apart from noise; resident memory
 * stands beside it, since that is what a machine must have.
 */
import { connect as dial, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from './host.ts';
import { freshStream, type Lab } from './lab.ts';
import type { Point } from './point.ts';
import { nameOf, STREAM } from './report.ts';
import type { PublishResult, PublishRound } from './roles/publisher.ts';

const ROUND: PublishRound = {
  sizeBytes: 100,
  burst: 512,
  count: 0,
  forMs: 120_000,
  everyMs: 0,
  subjects: 1_000,
  firstSubject: 0,
  groups: 1,
};

/** Ids in the dedupe window, of a stream in memory that keeps only 1,000 messages, so that nothing else grows. */
export async function measureIds(lab: Lab, host: Host): Promise<void> {
  const counts = lab.quick ? [10_000, 20_000, 40_000] : [100_000, 250_000, 500_000, 1_000_000];
  const checked = counts.at(-2);
  await freshStream(host, { storage: 'memory', maxMsgs: 1_000, dedupeWindow: '30m' });
  const publisher = await lab.publisher(host);
  await publisher.round({ ...ROUND, count: 2_000 });
  const from = await memory(host);
  let ids = 0;
  for (const target of counts) {
    if (lab.signal.aborted) return;
    await publisher.round({ ...ROUND, count: target - ids });
    ids = target;
    const use = target === checked ? 'check' : 'fit';
    lab.keep({ experiment: 'ids', use, at: { ids }, found: await growth(host, from) });
  }
  await lab.end([publisher]);
}

/** Subjects of a stream, one message each; then messages for subjects that are there. */
export async function measureSubjects(lab: Lab, host: Host): Promise<void> {
  const counts = lab.quick
    ? [1, 1_000, 5_000, 20_000]
    : [1, 1_000, 10_000, 100_000, 300_000, 1_000_000];
  const checked = counts.at(-2);
  const again = lab.quick ? 5_000 : 60_000;
  await freshStream(host, {});
  const publisher = await lab.publisher(host);
  // As many messages of one subject first: what costs a message is not counted for a subject.
  await publisher.round({ ...ROUND, subjects: 1, count: again });
  const from = await memory(host);
  let subjects = 1;
  for (const target of counts) {
    if (lab.signal.aborted) return;
    if (target > subjects)
      await publisher.round({
        ...ROUND,
        count: target - subjects,
        subjects: target - subjects,
        firstSubject: subjects,
      });
    subjects = target;
    const held = await growth(host, from);
    const cost = await publishCost(host, () =>
      publisher.round({ ...ROUND, subjects, count: again }),
    );
    const use = target === checked ? 'check' : 'fit';
    lab.keep({ experiment: 'subjects', use, at: { subjects }, found: { ...held, ...cost } });
  }
  await lab.end([publisher]);
}

/** Durable consumers of one stream that want every message and ask for none: a service that is down. */
export async function measureConsumers(lab: Lab, host: Host): Promise<void> {
  const counts = lab.quick ? [1, 10, 30, 60] : [1, 10, 100, 300, 1_000];
  const checked = counts.at(-2);
  await freshStream(host, {});
  const publisher = await lab.publisher(host);
  const count = lab.quick ? 2_000 : 20_000;
  await publisher.round({ ...ROUND, count });
  const from = await memory(host);
  let consumers = 0;
  for (const target of [0, ...counts]) {
    if (lab.signal.aborted) return;
    await addConsumers(host, consumers, target);
    consumers = target;
    const held = await growth(host, from);
    const cost = await publishCost(host, () => publisher.round({ ...ROUND, count }));
    const one = { ...ROUND, burst: 1, count: 10_000, forMs: lab.quick ? 200 : 700 };
    const { ackP50Us, ackP99Us } = await publisher.round(one);
    const use = target === checked ? 'check' : 'fit';
    const found = { ...held, ...cost, ackP50Us, ackP99Us };
    lab.keep({ experiment: 'consumers', use, at: { consumers }, found });
  }
  await lab.end([publisher]);
}

/** Connections that are open and silent. */
export async function measureConnections(lab: Lab, host: Host): Promise<void> {
  const counts = lab.quick ? [100, 200, 400] : [1_000, 2_500, 5_000];
  const checked = counts.at(-2);
  const from = await memory(host);
  const sockets: Socket[] = [];
  try {
    for (const target of counts) {
      if (lab.signal.aborted) return;
      while (sockets.length < target)
        sockets.push(
          ...(await Promise.all(Array.from({ length: 50 }, () => greeted(host.urls[0] ?? '')))),
        );
      const use = target === checked ? 'check' : 'fit';
      const at = { connections: sockets.length };
      lab.keep({ experiment: 'connections', use, at, found: await growth(host, from) });
    }
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

interface Memory {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

/** Resident first: asking for the heap collects garbage. */
async function memory(host: Host): Promise<Memory> {
  const residentBytes = host.residentBytes();
  return { residentBytes, heapBytes: await settled(host) };
}

async function growth(host: Host, from: Memory): Promise<Record<string, number>> {
  const now = await memory(host);
  return {
    heapBytes: now.heapBytes - from.heapBytes,
    residentBytes: now.residentBytes - from.residentBytes,
  };
}

/** The second collection frees what finalizers and pools of the first held. */
async function settled(host: Host): Promise<number> {
  await host.heapBytes();
  await delay(250);
  return host.heapBytes();
}

async function publishCost(
  host: Host,
  publish: () => Promise<PublishResult>,
): Promise<Point['found']> {
  const before = host.cpuUs()[0] ?? 0;
  const { count } = await publish();
  return { publishCpuUs: ((host.cpuUs()[0] ?? 0) - before) / count };
}

async function addConsumers(host: Host, from: number, to: number): Promise<void> {
  const together = 20;
  for (let i = from; i < to; i += together) {
    const length = Math.min(together, to - i);
    await Promise.all(
      Array.from({ length }, (_, j) =>
        host.connection.jsm.consumers.add(STREAM, {
          durable_name: nameOf('c', i + j),
          ack_policy: 'explicit',
          deliver_policy: 'new',
          max_ack_pending: 1_000,
        }),
      ),
    );
  }
}

/** Resolves once the server has answered: a connection as a silent device has one. */
function greeted(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = dial(Number(port), hostname);
    socket.once('error', reject);
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      if (text.startsWith('INFO')) socket.write('CONNECT {"verbose":false}\r\nPING\r\n');
      if (text.includes('PONG')) resolve(socket);
    });
  });
}

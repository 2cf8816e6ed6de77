/** What delivering costs the server alone: by the number of a consumer's filters, and with and without acks. */
import type { ConsumerConfig, JsMsg } from '@nats-io/jetstream';
import { BenchFailure } from '../frame/failure.ts';
import type { Host } from './host.ts';
import { freshStream, type Lab } from './lab.ts';
import { nameOf, STREAM } from './report.ts';
import type { PublishRound } from './roles/publisher.ts';

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
const DELIVERY_TIMEOUT_MS = 60_000;

/**
 * Filters of one consumer that together want everything: the stream's messages are spread over as many groups. Measured while
 * messages come in, and again for a backlog that is already stored.
 */
export async function measureFilters(lab: Lab, host: Host): Promise<void> {
  const counts = [1, 3, 10, 30, 100];
  const count = lab.quick ? 5_000 : 40_000;
  const stored = count / 4;
  const publisher = await lab.publisher(host);
  const burst = 64;
  await freshStream(host, {});
  await publisher.round({ ...ROUND, count });
  for (const filters of counts) {
    if (lab.signal.aborted) return;
    await freshStream(host, {});
    const filter_subjects = Array.from({ length: filters }, (_, i) => `scale.${nameOf('g', i)}.>`);
    const config = { ack_policy: 'explicit', filter_subjects } as const;
    const publish = () => publisher.round({ ...ROUND, burst, count, groups: filters });
    const live = await deliveryCost(lab, host, count, config, publish);
    const backlog = await deliveryCost(lab, host, stored, config);
    const use = filters === 30 ? 'check' : 'fit';
    const subjects = (ROUND.subjects * filters) / commonFactor(ROUND.subjects, filters);
    const found = { serverCpuUs: live };
    lab.keep({ experiment: 'filters', use, at: { filters, subjects, backlog: 0 }, found });
    lab.keep({
      experiment: 'filters',
      use,
      at: { filters, subjects, backlog: 1 },
      found: { serverCpuUs: backlog },
    });
  }
  await lab.end([publisher]);
}

/** Groups and ids count up together, so that not every group meets every id. */
function commonFactor(a: number, b: number): number {
  return b === 0 ? a : commonFactor(b, a % b);
}

/** The same messages with an ack for each, and with none. */
export async function measureAcks(lab: Lab, host: Host): Promise<void> {
  const count = lab.quick ? 5_000 : 80_000;
  const publisher = await lab.publisher(host);
  await freshStream(host, {});
  await publisher.round({ ...ROUND, count });
  const rounds = lab.quick ? 1 : 3;
  for (let i = 0; i < rounds; i++)
    for (const [acks, ack_policy] of [[0, 'none'] as const, [1, 'explicit'] as const]) {
      if (lab.signal.aborted) return;
      const deliverCpuUs = await deliveryCost(lab, host, count, { ack_policy });
      lab.keep({ experiment: 'acks', use: 'fit', at: { acks }, found: { deliverCpuUs } });
    }
  await lab.end([publisher]);
}

/** Server CPU for each message that a new consumer of the client library's own is given, what `publish` costs included. */
async function deliveryCost(
  lab: Lab,
  { connection, cpuUs }: Host,
  count: number,
  config: Partial<ConsumerConfig>,
  publish: () => Promise<unknown> = async () => {},
): Promise<number> {
  const name = 'delivery';
  await connection.jsm.consumers.add(STREAM, {
    durable_name: name,
    max_ack_pending: 20_000,
    ...config,
  });
  try {
    const consumer = await connection.js.consumers.get(STREAM, name);
    const before = cpuUs()[0] ?? 0;
    let left = count;
    let all = () => {};
    const done = new Promise<void>((resolve) => {
      all = resolve;
    });
    const acks = config.ack_policy !== 'none';
    const messages = await consumer.consume({
      max_messages: 500,
      callback: (message: JsMsg) => {
        if (acks) message.ack();
        if (--left === 0) all();
      },
    });
    await Promise.all([publish(), orLate(lab, done)]);
    await messages.close();
    return ((cpuUs()[0] ?? 0) - before) / count;
  } finally {
    await connection.jsm.consumers.delete(STREAM, name);
  }
}

/** Ends early when the run is interrupted. */
async function orLate({ signal }: Lab, done: Promise<void>): Promise<void> {
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]);
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener('abort', () =>
      reject(
        new BenchFailure(
          'the server did not deliver in time what it has: is something else using this machine? Measure again',
        ),
      ),
    );
  });
  await Promise.race([done, late]);
}

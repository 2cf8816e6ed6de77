/** What all servers together hold, write and send. */
import type { Cost } from './cost.ts';
import type { Load, Processes } from './load.ts';
import type { ScaleModel } from './model.ts';
import type { Question } from './question.ts';
import { amount, lasting, step, written } from './step.ts';

type Holders = Load & Processes & { readonly streams: number };

/** What the servers hold in memory. */
export function toHolding(question: Question, model: ScaleModel, holders: Holders) {
  const { subjects, connections, replicas, services } = question;
  const each = (name: 'id' | 'subject' | 'consumer' | 'connection') =>
    model.laws[`${name}ResidentBytes`].terms[name] ?? 0;
  const processes = holders.publishers + services * holders.workersPerService;
  const copies = replicas === 1 ? '' : ` × ${replicas} copies`;
  const part = (name: 'id' | 'subject' | 'consumer', count: number, words: string) =>
    step(
      `${name}sBytes`,
      words,
      [count * each(name) * replicas, 'bytes'],
      `${amount(count)} × ${amount(each(name))} B${copies}`,
    );
  const consumers = services * holders.streams;
  const open = connections + processes;
  const parts = [
    part('id', holders.ids, 'ids'),
    part('subject', subjects, 'subjects'),
    part('consumer', consumers, `consumers (${services} services × ${holders.streams} streams)`),
    step(
      'connectionsBytes',
      'connections',
      [open * each('connection'), 'bytes'],
      `${amount(open)} × ${written(each('connection'), 'bytes')}`,
    ),
  ];
  const sharedBytes = parts.reduce((sum, { value }) => sum + value, 0);
  const baseBytes = model.laws.serverResidentBytes.terms['process'] ?? 0;
  const workerBytes = model.laws.workerResidentBytes.terms['process'] ?? 0;
  const steps = [
    ...parts,
    step(
      'processBytes',
      'publishing and working processes, beside the servers',
      [processes * workerBytes, 'bytes'],
      `${amount(processes)} × ${written(workerBytes, 'bytes')}`,
    ),
  ];
  return { sharedBytes, baseBytes, steps };
}

/** What goes to the disks and over the network. */
export function toTraffic(question: Question, cost: Cost, { rate, deliveries }: Load) {
  const { retentionMs, replicas, services } = question;
  const keptBytes = ((rate * cost.storedBytes * retentionMs) / 1_000) * replicas;
  const writtenBytes = rate * cost.diskBytes;
  const crossingBytes = rate * (1 + services) * cost.crossingBytes;
  const routeBytes = rate * cost.replicationBytes;
  const inBytes = rate * cost.publisherOutBytes + deliveries * cost.workerOutBytes;
  const outBytes = rate * cost.publisherInBytes + deliveries * cost.workerInBytes;
  const per = (value: number) => written(value, 'perSecond');
  const flow = (value: number) => [value, 'bytesPerSecond'] as const;
  const steps = [
    step(
      'keptBytes',
      'kept on disk',
      [keptBytes, 'bytes'],
      `${per(rate)} × ${amount(cost.storedBytes)} B × ${lasting(retentionMs)}${replicas === 1 ? '' : ` × ${replicas} copies`}`,
    ),
    step(
      'writtenBytes',
      'written to disk',
      flow(writtenBytes),
      `${per(rate)} × ${amount(cost.diskBytes)} B`,
    ),
    step(
      'inBytes',
      'from clients',
      flow(inBytes),
      `${per(rate)} × ${amount(cost.publisherOutBytes)} B + ${per(deliveries)} × ${amount(cost.workerOutBytes)} B of acks`,
    ),
    step(
      'outBytes',
      'to clients',
      flow(outBytes),
      `${per(rate)} × ${amount(cost.publisherInBytes)} B of acks + ${per(deliveries)} × ${amount(cost.workerInBytes)} B`,
    ),
    step(
      'routeBytes',
      'between servers, for copies',
      flow(routeBytes),
      `${per(rate)} × ${amount(cost.replicationBytes)} B`,
    ),
    step(
      'crossingBytes',
      'between servers, because clients are connected anywhere',
      flow(crossingBytes),
      `(${per(rate)} + ${per(deliveries)}) × ${amount(cost.crossingBytes)} B, if there is more than one server`,
    ),
  ];
  return { keptBytes, writtenBytes, inBytes, outBytes, routeBytes, crossingBytes, steps };
}

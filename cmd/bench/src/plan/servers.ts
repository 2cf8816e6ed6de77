/** The servers: as many as the scarcest of their resources needs. */
import type { Cost } from './cost.ts';
import type { toHolding, toTraffic } from './holding.ts';
import type { Load } from './load.ts';
import type { Question } from './question.ts';
import { amount, step, written } from './step.ts';

/** Share of a server's memory that the server may take: the rest is page cache, without which reading falls behind. */
const MEMORY_SHARE = 0.75;

interface Needs {
  readonly load: Load;
  readonly traffic: ReturnType<typeof toTraffic>;
  readonly holding: ReturnType<typeof toHolding>;
}

/** How many servers, and what needs that many. */
export function toServers(question: Question, cost: Cost, { load, traffic, holding }: Needs) {
  const { replicas, coresPerServer, utilization, memoryPerServerBytes, services } = question;
  const alone = (load.rate * cost.serversUs) / 1e6;
  const several = replicas > 1 || alone > coresPerServer * utilization;
  const crossings = several ? cost.crossingUs * (1 + services) : 0;
  const cores = (load.rate * (cost.serversUs + crossings)) / 1e6;
  const between = several ? traffic.routeBytes + traffic.crossingBytes : traffic.routeBytes;
  const busiest = 8 * (between + Math.max(traffic.inBytes, traffic.outBytes));
  const memoryEach = memoryPerServerBytes * MEMORY_SHARE - holding.baseBytes;
  const share = amount(utilization);
  const needs = [
    step(
      'serversByCpu',
      'servers for CPU',
      [up(cores / (coresPerServer * utilization)), 'count'],
      `${amount(cores)} cores ÷ (${coresPerServer} × ${share})`,
    ),
    step(
      'serversByNetwork',
      'for network',
      [up(busiest / (question.networkPerServerBits * utilization)), 'count'],
      `${written(busiest, 'bits')} in the busier direction ÷ (${written(question.networkPerServerBits, 'bits')} × ${share})`,
    ),
    step(
      'serversByMemory',
      'for memory',
      [memoryEach > 0 ? up(holding.sharedBytes / memoryEach) : Number.POSITIVE_INFINITY, 'count'],
      `${written(holding.sharedBytes, 'bytes')} ÷ (${written(memoryPerServerBytes, 'bytes')} × ${MEMORY_SHARE} − ${written(holding.baseBytes, 'bytes')})`,
    ),
    step(
      'serversByDisk',
      'for writing',
      [up(traffic.writtenBytes / (question.diskPerServerBytes * utilization)), 'count'],
      `${written(traffic.writtenBytes, 'bytesPerSecond')} ÷ (${written(question.diskPerServerBytes, 'bytesPerSecond')} × ${share})`,
    ),
    step('serversByCopies', 'for the copies', [replicas, 'count'], 'one for each'),
  ];
  const count = Math.max(...needs.map(({ value }) => value));
  const boundBy =
    needs.find(({ value }) => value === count)?.says.replace(/^(servers )?for (the )?/, '') ?? '';
  const cpu = step(
    'serverCores',
    'CPU of all servers',
    [cores, 'cores'],
    `${written(load.rate, 'perSecond')} × (${amount(cost.serversUs)} + ${amount(crossings)} µs for crossing between servers)`,
  );
  const steps = [
    cpu,
    ...needs,
    step('servers', 'servers', [count, 'count'], `the largest of these: ${boundBy}`),
  ];
  return { count, boundBy, steps };
}

function up(value: number): number {
  return Math.max(1, Math.ceil(value));
}

/** What each of them has to bear. */
export function toShared(
  { replicas }: Question,
  { traffic, holding, servers }: Omit<Needs, 'load'> & { readonly servers: number },
) {
  const each = (value: number) => value / servers;
  const between = servers > 1 ? traffic.routeBytes + traffic.crossingBytes : 0;
  const memory = holding.baseBytes + each(holding.sharedBytes);
  const inBits = 8 * each(traffic.inBytes + between);
  const outBits = 8 * each(traffic.outBytes + between);
  const all = `÷ ${servers} servers`;
  const routes = servers > 1 ? ' + what is between servers' : '';
  const steps = [
    step(
      'memory',
      'memory',
      [memory, 'bytes'],
      `${written(holding.baseBytes, 'bytes')} + ${written(holding.sharedBytes, 'bytes')} ${all}`,
    ),
    step(
      'disk',
      'kept on disk',
      [each(traffic.keptBytes), 'bytes'],
      `${written(traffic.keptBytes, 'bytes')} ${all}${replicas === 1 ? '' : ', copies included'}`,
    ),
    step(
      'diskRate',
      'written to disk',
      [each(traffic.writtenBytes), 'bytesPerSecond'],
      `${written(traffic.writtenBytes, 'bytesPerSecond')} ${all}`,
    ),
    step('in', 'network in', [inBits, 'bits'], `(from clients${routes}) × 8 bit ${all}`),
    step('out', 'network out', [outBits, 'bits'], `(to clients${routes}) × 8 bit ${all}`),
  ];
  const answer = {
    memoryPerServerBytes: memory,
    diskPerServerBytes: each(traffic.keptBytes),
    writtenPerServerBytesPerSecond: each(traffic.writtenBytes),
    inPerServerBits: inBits,
    outPerServerBits: outBits,
  };
  return { steps, answer };
}

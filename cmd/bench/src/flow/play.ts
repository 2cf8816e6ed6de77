/** Plays the order flow: its services, a customer who places orders at a fixed rate, and what became of those. */
import type { Child } from '../frame/child.ts';
import { nowNs } from '../frame/clock.ts';
import type { Row } from '../frame/output.ts';
import type { Stage } from '../frame/stage.ts';
import { Histogram } from '../measure/histogram.ts';
import type { OfferRound } from '../rivals/offer.ts';
import type { CustomerResult, CustomerSetup } from '../roles/flow-customer.ts';
import type { ServiceAnswer, ServiceRound } from '../roles/flow-service.ts';
import { flowMessages, type ServiceName, STYLES, type Style } from './order.ts';
import { type Run, toFlowRows } from './result.ts';
import type { ServiceResult, ServiceSetup } from './service.ts';
import type { TroubleName } from './trouble.ts';

/** How much, how long. */
export interface FlowOptions {
  /** Orders a second. */
  readonly rate: number;
  readonly durationMs: number;
  readonly rounds: number;
  /** What happens to payment, in turn. */
  readonly payment: readonly TroubleName[];
}

/** Both styles in turn, for each trouble, round after round. */
export async function measureFlow(stage: Stage, options: FlowOptions): Promise<Row[]> {
  const runs: Run[] = [];
  for (let round = 1; round <= options.rounds; round++)
    for (const trouble of options.payment)
      for (const style of STYLES) {
        if (stage.signal.aborted) break;
        stage.progress.show(`round ${round}: ${style}, ${trouble}`);
        const run = await play(stage, style, trouble, options);
        // One that was cut short tells of the time until then only.
        if (!stage.signal.aborted) runs.push(run);
      }
  return toFlowRows(runs);
}

const SERVICE = new URL('../roles/flow-service.js', import.meta.url);
const CUSTOMER = new URL('../roles/flow-customer.js', import.meta.url);

const WARM_UP_MS = 1_000;
const START_AFTER_MS = 200;
/** So long may what was accepted take to be paid after the last order. */
const DRAIN_MS = 10_000;
const POLL_MS = 50;

type ServiceChild = Child<ServiceRound, ServiceAnswer>;
type Services = Readonly<Record<ServiceName, ServiceChild>>;

/** Streams that were made for it go with it. */
async function play(
  stage: Stage,
  style: Style,
  trouble: TroubleName,
  { rate, durationMs }: FlowOptions,
): Promise<Run> {
  const name = stage.nameFor(`FLOW${++flows}`);
  if (style === 'events') await stage.createStream(flowMessages(name).Flow);
  const services = await startServices(stage, { style, trouble, stream: name });
  const url = (await services.orders.round({ do: 'address' })) as string;
  const setup: CustomerSetup = { url };
  const customer = await stage.child<OfferRound, CustomerResult>(CUSTOMER, setup);
  const all = Object.values(services);
  try {
    const place = (ms: number, startNs: number) =>
      customer.round({ perSecond: rate, startNs, count: Math.round((rate * ms) / 1_000) });
    await place(WARM_UP_MS, nowNs());
    const startNs = nowNs() + START_AFTER_MS * 1e6;
    const window = { startNs, endNs: startNs + durationMs * 1e6 };
    for (const service of all) await service.round({ do: 'begin', window });
    const before = stage.serverCpuUs();
    const seen = await place(durationMs, startNs);
    const till = await settled(stage, services.payment, seen.placed - seen.refused);
    const after = stage.serverCpuUs();
    const results = await Promise.all(all.map((service) => service.round({ do: 'result' })));
    const known = style === 'events' && before !== undefined && after !== undefined;
    const servicesCpuUs = results.reduce((sum, each) => sum + (each as ServiceResult).cpuUs, 0);
    return {
      ...toRun(seen, till),
      style,
      trouble,
      servicesCpuUs,
      serverCpuUs: known ? after - before : null,
    };
  } finally {
    await customer.end();
    for (const service of all) await service.end();
    if (style === 'events')
      for (const made of [name, `${name}_DLQ`])
        await stage.connection.jsm.streams.delete(made).catch(() => false);
  }
}

let flows = 0;

/** Those that are called stand before those that call them. */
async function startServices(
  stage: Stage,
  about: Pick<ServiceSetup, 'style' | 'trouble' | 'stream'>,
): Promise<Services> {
  const urls: Partial<Record<ServiceName, string>> = {};
  const start = async (service: ServiceName): Promise<ServiceChild> => {
    const setup: ServiceSetup = { ...about, service, servers: stage.servers, urls };
    const child: ServiceChild = await stage.child(SERVICE, setup);
    const url = await child.round({ do: 'address' });
    if (typeof url === 'string') urls[service] = url;
    return child;
  };
  const payment = await start('payment');
  const inventory = await start('inventory');
  return { payment, inventory, orders: await start('orders') };
}

/** What payment did, once all that was accepted is paid, or after a while. */
async function settled(
  stage: Stage,
  payment: ServiceChild,
  accepted: number,
): Promise<ServiceResult> {
  const endMs = Date.now() + DRAIN_MS;
  for (;;) {
    const result = (await payment.round({ do: 'result' })) as ServiceResult;
    if (result.completed >= accepted || Date.now() > endMs || stage.signal.aborted) return result;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function toRun(
  { placed, refused, answeredNs }: CustomerResult,
  { completed, repeated, completedNs }: ServiceResult,
): Omit<Run, 'style' | 'trouble' | 'servicesCpuUs' | 'serverCpuUs'> {
  const ms = (histogram: Histogram, share: number) => histogram.quantileNs(share) / 1e6;
  const answers = Histogram.from(answeredNs);
  const payments = Histogram.from(completedNs);
  return {
    placed,
    refused,
    paid: completed,
    repeated,
    responseP50Ms: ms(answers, 0.5),
    responseP99Ms: ms(answers, 0.99),
    paidP50Ms: ms(payments, 0.5),
    paidP99Ms: ms(payments, 0.99),
  };
}

/** The laws of a model in words. Pure. */
import type { LawName } from '../plan/law-names.ts';
import type { Law, ScaleModel } from '../plan/model.ts';
import { amount } from '../plan/step.ts';

/** For a terminal: each law with its formula and its error. */
export function lawLines({ laws }: ScaleModel): string[] {
  return Object.entries(laws).flatMap(([name, law]) => [
    `${name}: ${law.gives}`,
    `  = ${formula(law)}`,
    `  ${errorWords(law)}`,
  ]);
}

/** `13 + 45 × 1/burst + 2.7 × KiB`; what came out as nothing is left out. */
export function formula({ terms }: Pick<Law, 'terms'>): string {
  const parts = Object.entries(terms)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) =>
      CONSTANTS.has(name) ? amount(value) : `${amount(value)} × ${VARIABLES[name] ?? name}`,
    );
  return parts.join(' + ').replaceAll('+ -', '− ') || '0';
}

/** `8 % (worst 15 %) on 6 points that it was not fitted to`. */
export function errorWords({ checked, fitted, errorMedian, errorWorst }: Law): string {
  if (checked === 0) return `fitted to ${fitted} points, checked on none`;
  const points = checked === 1 ? 'one point' : `${checked} points`;
  return `off by ${percent(errorMedian)}, at worst ${percent(errorWorst)}, on ${points} beside the ${fitted} that it was fitted to`;
}

/** A share for people. */
export function percent(share: number | null): string {
  return share === null ? '-' : `${amount(Number((share * 100).toFixed(1)))} %`;
}

/** Laws whose figures decide a plan, in the order in which the page explains them. */
export const MAIN_LAWS: readonly LawName[] = [
  'publisherCpuUs',
  'serverCpuUs',
  'workerCpuUs',
  'replicatedCpuUs',
];

const CONSTANTS: ReadonlySet<string> = new Set(['message', 'base', 'process', 'publishMessage']);

const VARIABLES: Readonly<Record<string, string>> = {
  burst: '1/burst',
  kib: 'KiB',
  byte: 'payload bytes',
  publishBurst: '1/burst',
  paced: '1/burst if paced',
  publishKib: 'KiB',
  publishPaced: '1/burst if paced',
  deliverPaced: 'services/burst if paced',
  deliverMessage: 'services',
  deliverBurst: 'services/burst',
  deliverKib: 'services × KiB',
  publish: 'publish µs',
  deliver: 'services × deliver µs',
  delivery: 'services',
  crossing: 'crossings',
  ack: 'acks',
  several: '(1 if there are several filters)',
  filter: '(filters − 1)',
  logSubjects: 'log10(subjects)',
  consumer: 'consumers',
  id: 'ids',
  subject: 'subjects',
  connection: 'connections',
  stored: 'stored bytes',
  hopMessage: 'crossings',
  hopByte: 'crossings × payload bytes',
};

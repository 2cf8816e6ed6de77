/** A plan in words. Pure. */
import type { ScaleModel } from './model.ts';
import type { Plan } from './predict.ts';
import { amount, lasting, type Step, written } from './step.ts';

/** For people: what it takes, then every sum. */
export function planLines(plan: Plan, model: ScaleModel): string[] {
  const { sections, warnings } = plan;
  const steps = sections.flatMap((section) => section.steps);
  const widths = {
    says: Math.max(...steps.map(({ says }) => says.length)),
    value: Math.max(...steps.map((step) => written(step.value, step.unit).length)),
  };
  return [
    question(plan),
    '',
    ...answerLines(plan),
    '',
    ...sections.flatMap((section) => [
      `${section.title}`,
      ...section.steps.map((step) => stepLine(step, widths)),
      '',
    ]),
    ...warnings.map((warning) => `note: ${warning}`),
    ...(warnings.length === 0 ? [] : ['']),
    `Model: ${model.size} run of ${model.date.slice(0, 10)}, \`${model.command}\`, on ${model.machine}.`,
    'It was measured on a few cores, over loopback, on one disk: docs/scale.md says where it does not hold.',
  ];
}

function question({ question: q }: Plan): string {
  return [
    `${amount(q.senders)} ${q.kind}, a message of ${amount(q.sizeBytes)} B each every ${lasting(q.intervalMs)}`,
    `${q.services} services with ${q.filters === 1 ? 'one filter' : `${q.filters} filters`}`,
    q.replicas === 1 ? 'one copy' : `${q.replicas} copies`,
    `kept for ${lasting(q.retentionMs)}`,
    `servers of ${amount(q.coresPerServer)} cores, at ${amount(q.utilization * 100)} % of what they can carry`,
  ].join(', ');
}

function answerLines({ question: q, answer: a }: Plan): string[] {
  const workers = a.workersPerService * q.services;
  return [
    `  servers      ${a.servers} (decided by ${a.serversBoundBy})`,
    `  streams      ${a.streams}, of ${a.partitions} ${a.partitions === 1 ? 'partition' : 'partitions'} each`,
    `  processes    ${a.publishers > 0 ? `${a.publishers} that publish, ` : ''}${workers} that work (${q.services} services × ${a.workersPerService})`,
    `  each server  ${written(a.memoryPerServerBytes, 'bytes')} of memory, ${written(a.diskPerServerBytes, 'bytes')} on disk, ${written(a.writtenPerServerBytesPerSecond, 'bytesPerSecond')} written, ${written(a.inPerServerBits, 'bits')} in, ${written(a.outPerServerBits, 'bits')} out`,
  ];
}

function stepLine(
  { says, value, unit, how }: Step,
  widths: { readonly says: number; readonly value: number },
): string {
  return `  ${says.padEnd(widths.says)}  ${written(value, unit).padStart(widths.value)}  = ${how}`;
}

/** `docs/reliability.md`, from the kept lines. Pure: the same lines make the same page. */
import type { Claim, Fault } from '../fault.ts';
import { words } from '../output.ts';
import type { Line } from './line.ts';
import { BOUNDS, METHOD } from './prose.ts';

/** The page. */
export function toPage(lines: readonly Line[], faults: readonly Fault[]): string {
  const sections = faults.flatMap((fault) => {
    const runs = lines.filter(({ name }) => name === fault.name);
    return runs.length === 0 ? [] : [section(fault, runs)];
  });
  const missing = faults.filter(({ name }) => !lines.some((line) => line.name === name));
  return [
    '# Reliability: what was tried, and what was found',
    '',
    'Written by `npm run chaos` from `reliability.jsonl`; do not edit it by hand.',
    '',
    ...summary(lines),
    '',
    ...(missing.length === 0
      ? []
      : [`Not tried yet: ${missing.map(({ name }) => `\`${name}\``).join(', ')}.`, '']),
    METHOD,
    '',
    '## Each fault',
    '',
    sections.join('\n\n'),
    '',
    BOUNDS,
    '',
  ].join('\n');
}

function summary(lines: readonly Line[]): string[] {
  const rows = lines.map(({ name, nodes, counts, size, ok }) => [
    `[${name}](#${name})`,
    String(nodes),
    count(counts.acked),
    count(counts.lost),
    count(counts.doubleEffects),
    count(counts.orderInversions),
    count(counts.duplicates),
    count(counts.redelivered),
    count(counts.faultsInjected),
    counts.recoveredMs === null ? '' : duration(counts.recoveredMs),
    [ok ? 'ok' : '**not ok**', ...(size === 'small' ? ['small size'] : [])].join(', '),
  ]);
  const widths = HEAD.map((title, column) =>
    Math.max(3, ...[title, ...rows.map((row) => row[column] ?? '')].map(({ length }) => length)),
  );
  const pad = (cells: readonly string[]) =>
    cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isText(column) ? cell.padEnd(width) : cell.padStart(width);
    });
  const rule = widths.map((width, column) =>
    isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [pad(HEAD), rule, ...rows.map(pad)].map((cells) => `| ${cells.join(' | ')} |`);
}

const HEAD = [
  'fault',
  'servers',
  'acknowledged',
  'lost',
  'double effects',
  'inversions',
  'duplicates',
  'redelivered',
  'faults',
  'recovered in',
  '',
] as const;

/** The first and the last column. */
function isText(column: number): boolean {
  return column === 0 || column === HEAD.length - 1;
}

function section(fault: Fault, runs: readonly Line[]): string {
  return [
    `### ${fault.name}`,
    '',
    `${sentence(fault.does)} What must hold: ${fault.expects}.`,
    ...runs.flatMap((run) => ['', ...runWords(run)]),
  ].join('\n');
}

function runWords(run: Line): string[] {
  const { versions, counts } = run;
  const servers = run.nodes === 1 ? 'One server' : `${run.nodes} servers`;
  const recovered =
    counts.recoveredMs === null ? '' : `, recovered in ${duration(counts.recoveredMs)}`;
  return [
    `**${servers}**: ${count(counts.acked)} acknowledged, ${count(counts.lost)} lost, ${count(counts.faultsInjected)} faults${recovered}.`,
    '',
    ...run.problems.map((problem) => `- **not ok**: ${problem}`),
    ...run.safe.map((claim) => claimWords('safe', claim)),
    ...run.bite.map((claim) => claimWords('the fault bit', claim)),
    ...(Object.keys(run.figures).length === 0 ? [] : [`- figures: ${list(run.figures)}`]),
    `- settings: ${list(run.settings)}`,
    `- run: seed ${run.seed}, size ${run.size}, ${duration(run.durationMs)}, ${run.date}; nats-server ${versions.natsServer}, Node ${versions.node}, Jetlane ${versions.jetlane}; ${run.machine}`,
    `- again: \`npm run chaos -- --only ${run.name} --seed ${run.seed} --size ${run.size} --nodes ${run.nodes}\``,
  ];
}

function claimWords(kind: string, { says, holds, found }: Claim): string {
  return `- ${kind}: ${says} (${found})${holds ? '' : ' — **it does not hold**'}`;
}

function list(values: Readonly<Record<string, number | string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${words(name)} ${typeof value === 'number' ? count(value) : value}`)
    .join(', ');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function duration(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

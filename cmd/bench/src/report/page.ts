/** `docs/benchmarks.md`, from the kept lines. Pure: the same lines make the same page. */
import { micros } from '../charts/svg.ts';
import { flowSection } from '../flow/result.ts';
import { type Round, ratio, spread } from '../measure/contest.ts';
import { comparedSection } from '../rivals/compared.ts';
import { figure, judgedOf } from './goals-table.ts';
import { type Line, lineOf } from './line.ts';
import { nameOf } from './names.ts';
import { METHOD, TRIED } from './prose.ts';
import { table } from './table.ts';

/** The page. */
export function toPage(lines: readonly Line[]): string {
  const sections = [
    goals(lines),
    publish(lines),
    work(lines),
    endToEnd(lines),
    load(lines),
    bulkAndReplicas(lines),
    fanout(lines),
    compared(lines),
    orderFlow(lines),
    memory(lines),
    flames(lines),
  ].filter((section) => section.length > 0);
  return [
    '# Benchmarks: what was measured',
    '',
    'Written by `npm run bench -- --report` from `benchmarks.jsonl`; do not edit it by hand.',
    ...sections.flatMap((section) => ['', ...section]),
    '',
    METHOD,
    '',
    ...origins(lines),
    '',
  ].join('\n');
}

function goals(lines: readonly Line[]): string[] {
  const rows = judgedOf(lines).map(({ words, value, goal, better, verdict }) => [
    words,
    figure(value),
    `${better === 'higher' ? '≥' : '≤'} ${goal}`,
    verdict === 'goal reached' ? 'reached' : verdict === 'not measured' ? 'not measured' : 'missed',
  ]);
  return [
    '## Ratios, ours ÷ theirs',
    '',
    ...table(['', 'measured', 'goal', 'goal is'], rows),
    '',
    '`npm run bench:guard` measures these in about three minutes and fails below 70 % of a goal.',
  ];
}

function publish(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'publish');
  if (line === undefined) return [];
  return [
    '## Publish, confirmed by the stream',
    '',
    '![Throughput](benchmarks/throughput.svg)',
    '',
    ...contest(line.data, 'idiomatic', [
      'perSecond',
      'clientCpuUs',
      'serverCpuUs',
      'p50Us',
      'p99Us',
    ]),
    '',
    'Latencies are from the call to the ack, with 1,024 messages on their way all the time: a full window, not a quiet one.',
  ];
}

function work(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'work');
  if (line === undefined) return [];
  return [
    '## Consume, acknowledged one by one',
    '',
    '![Client CPU a message](benchmarks/cpu.svg)',
    '',
    ...contest(line.data, 'iterator', ['perSecond', 'clientCpuUs', 'serverCpuUs']),
  ];
}

function endToEnd(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'endToEnd');
  if (line === undefined) return [];
  const rates = Object.entries(line.data.rates);
  const rows = rates.flatMap(([rate, rounds]) =>
    Object.keys(rounds[0] ?? {}).map((side) => [
      `${count(Number(rate))}/s, ${nameOf(side)}`,
      ...['p50Us', 'p90Us', 'p99Us', 'p999Us', 'maxUs'].map((key) => cell(rounds, side, key)),
      cell(rounds, side, 'achievedPerSecond'),
      cell(rounds, side, 'missing'),
    ]),
  );
  const head = ['', 'p50', 'p90', 'p99', 'p99.9', 'max', 'sent/s', 'not in time'];
  return [
    '## End to end, open loop, two processes',
    '',
    'From the intended time of sending to the handler. “Not in time” are messages that had not arrived 15 s after the last was sent.',
    '',
    ...table(head, rows),
    '',
    ...rates.map(([rate]) => `![Percentiles at ${rate}/s](benchmarks/percentiles-${rate}.svg)`),
  ];
}

function load(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'load');
  if (line === undefined) return [];
  const rows = line.data.map(({ side, steps, broke }) => {
    const held = steps.filter(({ rate }) => rate !== broke?.rate).at(-1);
    const last = held === undefined ? 'none' : `${count(held.rate)}/s`;
    return [
      nameOf(side),
      last,
      broke === null ? '–' : `${count(broke.rate)}/s`,
      broke?.why ?? 'nothing broke',
    ];
  });
  return [
    '## Latency against load',
    '',
    'The rate rises by half until more than 1 % of the messages take longer than 100 ms, or the sender cannot offer it.',
    '',
    ...table(['', 'held', 'broke at', 'because'], rows),
    '',
    '![p50 against load](benchmarks/load-p50.svg)',
    '![p99 against load](benchmarks/load-p99.svg)',
  ];
}

function bulkAndReplicas(lines: readonly Line[]): string[] {
  const bulk = lineOf(lines, 'bulk')?.data;
  const replicas = lineOf(lines, 'replicas')?.data;
  const figures = ['perSecond', 'clientCpuUs', 'serverCpuUs'];
  return [
    ...(bulk ? ['## Bulk loads', '', ...contest(bulk, 'window', figures)] : []),
    ...(replicas
      ? [
          ...(bulk ? [''] : []),
          '## Replicas',
          '',
          'Three servers on this machine, which share its cores and its disk.',
          '',
          ...contest(replicas, 'r1', figures),
        ]
      : []),
  ];
}

function fanout(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'fanout');
  if (line === undefined) return [];
  const rounds = line.data;
  const times = ratio(rounds, { ours: 'jetlane', theirs: 'core', figure: 'p99Us' });
  return [
    '## Fan-out',
    '',
    '2,500 messages a second to four durables, each in a process of its own, and to 200 live viewers of seven keys each, behind one core subscription and a map from key to viewer (what each would be sent is counted; sockets there are none); in turn with it, one core subscription alone.',
    '',
    ...table(
      ['', 'p50', 'p99', 'max', 'not in time'],
      [
        [
          'four workers',
          ...['p50Us', 'p99Us', 'maxUs', 'missing'].map((key) => cell(rounds, 'jetlane', key)),
        ],
        [
          '200 viewers',
          cell(rounds, 'jetlane', 'viewersP50Us'),
          cell(rounds, 'jetlane', 'viewersP99Us'),
          '',
          cell(rounds, 'jetlane', 'viewersMissing'),
        ],
        [
          'core NATS alone',
          ...['p50Us', 'p99Us', 'maxUs', 'missing'].map((key) => cell(rounds, 'core', key)),
        ],
      ],
    ),
    '',
    `p99 of the workers ÷ p99 of core NATS alone: ${figure(times)} (goal ≤ 10).`,
  ];
}

function compared(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'compared');
  return line === undefined ? [] : comparedSection(line.data);
}

function orderFlow(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'orderFlow');
  return line === undefined ? [] : flowSection(line.data.rows, line.data.rate);
}

function memory(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'heap');
  if (line === undefined) return [];
  const mebi = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const rows = line.data.map(({ msgs, heapBytes, residentBytes }) => [
    count(msgs),
    mebi(heapBytes),
    mebi(residentBytes),
  ]);
  return [
    '## Memory',
    '',
    'One process that publishes and works, after a garbage collection, with nothing on its way.',
    '',
    ...table(['messages', 'heap', 'resident'], rows),
    '',
    '![Memory](benchmarks/memory.svg)',
  ];
}

function flames(lines: readonly Line[]): string[] {
  const line = lineOf(lines, 'flames');
  return [
    '## Where the CPU goes',
    '',
    ...(line === undefined
      ? []
      : [
          'Of `node --cpu-prof`; waiting is left out. Frames below 0.4 % are left out too.',
          '',
          '![Flame graph of publishing](benchmarks/flame-publish.svg)',
          '',
          '![Flame graph of working](benchmarks/flame-work.svg)',
          '',
        ]),
    TRIED,
  ];
}

/** Sides under each other, with the median of single-round ratios of the rate. */
function contest(rounds: readonly Round[], base: string, keys: readonly string[]): string[] {
  const rows = Object.keys(rounds[0] ?? {}).map((side) => [
    nameOf(side),
    `${figure(ratio(rounds, { ours: side, theirs: base, figure: 'perSecond' }))} ×`,
    ...keys.map((key) => cell(rounds, side, key)),
  ]);
  return table(['', 'rate', ...keys.map((key) => TITLES[key] ?? key)], rows);
}

const TITLES: Readonly<Record<string, string>> = {
  perSecond: 'msg/s',
  clientCpuUs: 'client CPU a message',
  serverCpuUs: 'server CPU a message',
  p50Us: 'ack p50',
  p99Us: 'ack p99',
};

/** Median and range of a figure. */
function cell(rounds: readonly Round[], side: string, key: string): string {
  const found = spread(rounds, side, key);
  if (found === null) return '–';
  const format = key.endsWith('Us') ? micros : count;
  return `${format(found.median)} (${format(found.min)}–${format(found.max)})`;
}

/** Where each part was measured, how, and what was wrong then. */
function origins(lines: readonly Line[]): string[] {
  const words = lines.map(({ part, quick, environment: where, warnings }) => {
    const size = quick ? ' (quick: short sizes)' : '';
    const noted = warnings.length === 0 ? '' : `; **${warnings.join('; ')}**`;
    return `- ${part}${size}: ${where.date.slice(0, 16).replace('T', ' ')} UTC, \`${where.command}\`; ${where.machine}; load ${where.loadBefore} before; Node ${where.node}, nats-server ${where.natsServer}, Jetlane ${where.jetlane}${noted}`;
  });
  return ['## Where and when', '', ...words];
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

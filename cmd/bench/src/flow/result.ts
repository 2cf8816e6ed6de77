/** What the runs of the order flow come to: medians, as rows of a table. Pure. */
import type { Cell, Column, Row } from '../frame/output.ts';
import { spread } from '../rivals/comparison.ts';
import { markdownTable } from '../scale/markdown-table.ts';
import { STYLES, type Style } from './order.ts';
import { TROUBLE_WORDS, TROUBLES, type TroubleName } from './trouble.ts';

/** One run of one style. */
export interface Run {
  readonly style: Style;
  readonly trouble: TroubleName;
  readonly placed: number;
  readonly refused: number;
  readonly paid: number;
  readonly repeated: number;
  readonly responseP50Ms: number;
  readonly responseP99Ms: number;
  readonly paidP50Ms: number;
  readonly paidP99Ms: number;
  readonly servicesCpuUs: number;
  /** Null for servers of others, and for a flow that has none. */
  readonly serverCpuUs: number | null;
}

/** The medians of the runs of each trouble and style. */
export function toFlowRows(runs: readonly Run[]): Row[] {
  return TROUBLES.flatMap((trouble) =>
    STYLES.flatMap((style): Row[] => {
      const own = runs.filter((run) => run.trouble === trouble && run.style === style);
      if (own.length === 0) return [];
      const median = (of: (run: Run) => number | null) => spread(own.map(of))?.median ?? null;
      return [
        {
          trouble,
          style: TITLES[style],
          rounds: own.length,
          responseP50Ms: median((run) => run.responseP50Ms),
          responseP99Ms: median((run) => run.responseP99Ms),
          refusedShare: median((run) => run.refused / run.placed),
          paidShare: median((run) => run.paid / run.placed),
          paidP50Ms: median((run) => run.paidP50Ms),
          paidP99Ms: median((run) => run.paidP99Ms),
          paidTwice: median((run) => run.repeated),
          servicesCpuUs: median((run) => run.servicesCpuUs / run.placed),
          serverCpuUs: median((run) => run.serverCpuUs && run.serverCpuUs / run.placed),
        },
      ];
    }),
  );
}

const TITLES: Readonly<Record<Style, string>> = { rest: 'synchronous REST', events: 'events' };

const fixed = (digits: number) => (value: number) => value.toFixed(digits);
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

/** Of the terminal. */
export const COLUMNS: readonly Column[] = [
  { key: 'trouble', title: 'payment' },
  { key: 'style', title: 'flow' },
  { key: 'responseP50Ms', title: 'response p50 ms', format: fixed(1) },
  { key: 'responseP99Ms', title: 'p99 ms', format: fixed(1) },
  { key: 'refusedShare', title: 'refused', format: percent },
  { key: 'paidShare', title: 'paid', format: percent },
  { key: 'paidP50Ms', title: 'paid p50 ms', format: fixed(1) },
  { key: 'paidP99Ms', title: 'p99 ms', format: fixed(1) },
  { key: 'paidTwice', title: 'paid twice' },
  { key: 'servicesCpuUs', title: 'services CPU µs', format: fixed(0) },
  { key: 'serverCpuUs', title: 'nats-server µs', format: fixed(0) },
];

/** How to read them. */
export const NOTES: readonly string[] = [
  'response: from when an order was due to the answer, accepted ones only; refused: answered with an error; medians of the rounds',
  'paid: of all orders placed; paid p50 / p99: from when an order was due. As events an answer means that the order is kept, not that it is paid',
  'CPU: of the three services, and of nats-server, an order placed',
  ...TROUBLES.map((name) => `${name}: ${TROUBLE_WORDS[name]}`),
];

/** The section of a page of Markdown, line by line; its heading is of level two. */
export function flowSection(rows: readonly Row[], rate: number): string[] {
  const cell = (value: Cell | undefined, { format = String }: Column) =>
    typeof value === 'number' ? format(value) : String(value ?? '–');
  return [
    '## One order flow, as REST and as events',
    '',
    `Order, inventory and payment, a process each; ${rate.toLocaleString('en-US')} orders a second, open loop. As REST, orders calls the other two (1 s timeout, two retries) and then answers; as events it answers once the order is stored.`,
    '',
    ...markdownTable(
      COLUMNS.map(({ title }) => title),
      rows.map((row) => COLUMNS.map((column) => cell(row[column.key], column))),
      2,
    ),
    '',
    ...NOTES.map((note) => `- ${note}`),
  ];
}

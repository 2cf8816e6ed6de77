/** Four figures in the README, between two marks: written from the kept lines, never by hand. Pure. */
import type { Goal } from '../guard/goals.ts';
import { figure, judgedOf } from './goals-table.ts';
import { type Line, lineOf } from './line.ts';
import { table } from './table.ts';

const BEGIN = '<!-- figures of docs/benchmarks.md: written by npm run bench -- --report -->';
const END = '<!-- end of figures -->';

/** What a newcomer asks first: sending, working, what reliability costs, and memory. The others stand on the page. */
const SHOWN: readonly (readonly [name: Goal['name'], words: string])[] = [
  ['publishVsIdiomatic', 'rate of publishing, confirmed and deduplicated, against `js.publish`'],
  ['workerVsIterator', 'rate of working, against a nats.js iterator with the same work'],
  ['e2e1kVsCoreP50', 'median latency at 1,000/s, against core NATS, which stores nothing'],
  ['heapGrowth', 'heap after all messages of a long run, against after the first of them'],
];

/** Where those stand. */
const PARTS = ['publish', 'work', 'endToEnd', 'heap'] as const;

/** The README with these figures between its marks; as it is when it has none. */
export function withFigures(readme: string, lines: readonly Line[]): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end === -1) return readme;
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${figures(lines)}\n\n${readme.slice(end)}`;
}

function figures(lines: readonly Line[]): string {
  const values = new Map(judgedOf(lines).map(({ name, value }) => [name, value]));
  const rows = SHOWN.map(([name, words]) => [words, `${figure(values.get(name) ?? null)} ×`]);
  return [
    ...table(['measured, in turns within one run', 'Jetlane'], rows),
    '',
    `\`npm run bench:guard\` repeats them on your machine in about three minutes. ${whereOf(lines)}All of them, with their method: [docs/benchmarks.md](docs/benchmarks.md).`,
  ].join('\n');
}

function whereOf(lines: readonly Line[]): string {
  const { environment } = lineOf(lines, 'publish') ?? lines[0] ?? {};
  if (environment === undefined) return '';
  const { machine, node, natsServer } = environment;
  return `Here: ${machine}, Node ${node}, nats-server ${natsServer}, ${datesOf(lines)}. `;
}

/** Parts are measured anew one by one: the first day and the last on which those that are shown were. */
function datesOf(lines: readonly Line[]): string {
  const shown = PARTS.flatMap((part) => lineOf(lines, part) ?? []);
  const days = (shown.length > 0 ? shown : lines)
    .map(({ environment }) => environment.date.slice(0, 10))
    .sort();
  const [first, last] = [days[0], days.at(-1)];
  return first === last ? `${first}` : `${first} to ${last}`;
}

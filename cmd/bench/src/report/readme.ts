/** The figures in the README, between two marks: written from the kept lines, never by hand. Pure. */
import { figure, judgedOf } from './goals-table.ts';
import type { Line } from './line.ts';
import { table } from './table.ts';

const BEGIN = '<!-- figures of docs/benchmarks.md: written by npm run bench -- --report -->';
const END = '<!-- end of figures -->';

/** The README with these figures between its marks; as it is when it has none. */
export function withFigures(readme: string, lines: readonly Line[]): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end === -1) return readme;
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${figures(lines)}\n\n${readme.slice(end)}`;
}

function figures(lines: readonly Line[]): string {
  const measured = judgedOf(lines).filter(({ value }) => value !== null);
  const rows = measured.map(({ words, value }) => [words, figure(value)]);
  const [first] = lines;
  const where =
    first === undefined
      ? ''
      : `${first.environment.machine}, Node ${first.environment.node}, nats-server ${first.environment.natsServer}, ${first.environment.date.slice(0, 10)}`;
  return [
    ...table(['ratio', 'measured'], rows),
    '',
    `${where}. Method and more: [docs/benchmarks.md](docs/benchmarks.md).`,
  ].join('\n');
}

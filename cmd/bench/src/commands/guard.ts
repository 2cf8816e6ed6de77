/** `jetlane bench guard`: the ratios that this product promises, in one short run. Exit 1 below a floor. */
import { type Command, InvalidArgumentError } from 'commander';
import { addExamples } from '../frame/flags.ts';
import { onStage, type Stage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { type Judged, judge, RATIOS } from '../guard/goals.ts';
import { CONTESTS, type ContestName, type Contests, playAll, type Sizes } from '../guard/play.ts';
import { toMeasured } from '../guard/ratios.ts';
import { spread } from '../measure/contest.ts';

interface Flags {
  readonly only?: readonly ContestName[];
  readonly json?: boolean;
  readonly progress: boolean;
}

/** Three rounds of two seconds for each side. */
const GUARD_SIZES: Sizes = {
  rounds: 3,
  roundMs: 2_000,
  preload: 300_000,
  heapAt: [200_000, 1_000_000],
};

/** Adds the subcommand. */
export function addGuard(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('guard')
    .summary('the promised ratios in one short run; exit 1 below a floor')
    .description(
      'Plays Jetlane against what users of nats.js write, in turns, on a nats-server of its own, and holds the ratios against their floors: 70 % of the goals. Takes about three minutes.',
    )
    .option(
      '--only <contests>',
      `some of ${CONTESTS.join(', ')}; the rest is not measured`,
      contests,
    )
    .option('--json', 'end with one line of JSON; all words go to stderr')
    .option('--no-progress', 'no progress, also on a terminal')
    .action((flags: Flags) => guard(flags, surroundings));
  addExamples(command, [
    ['jetlane bench guard', 'a table'],
    ['jetlane bench guard --json', 'for a script'],
  ]);
}

async function guard(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { io } = surroundings;
  await onStage(
    surroundings,
    { flags, progress: flags.progress, ownServer: true },
    async (stage) => {
      const contests: Contests = await playAll(stage, GUARD_SIZES, flags.only);
      const measured = toMeasured(contests);
      const { judged, ok } = judge(measured);
      const lines = [...sideLines(contests), ...judged.map(toLine), ...warningsOf(stage)];
      if (flags.json) {
        for (const line of lines) io.err(line);
        const ratios = Object.fromEntries(RATIOS.map((name) => [name, rounded(measured[name])]));
        const heapGrowth = rounded(measured.heapGrowth);
        io.json({ ratios, heapGrowth, machine: stage.environment.machine });
      } else
        for (const line of [
          ...lines,
          ok ? 'ok' : 'NOT OK: a ratio is below its floor or was not measured',
        ])
          io.out(line);
      if (!ok) surroundings.exitCode = 1;
    },
  );
}

function contests(text: string): ContestName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !CONTESTS.some((each) => each === name));
  if (unknown.length === 0) return names as ContestName[];
  throw new InvalidArgumentError(
    `there is no contest '${unknown[0]}': expected some of ${CONTESTS.join(', ')}.`,
  );
}

/** What each side did: median and range. */
function sideLines({ heap, ...contests }: Contests): string[] {
  const sides = Object.entries(contests).flatMap(([contest, rounds]) =>
    Object.keys(rounds[0] ?? {}).map((side) => {
      const figures = SHOWN.map(({ figure, words, digits }) => {
        const found = spread(rounds, side, figure);
        if (found === null) return '';
        const [middle, min, max] = [found.median, found.min, found.max].map((value) =>
          value.toLocaleString('en-US', { maximumFractionDigits: digits }),
        );
        return `${words} ${middle} (${min} to ${max})`;
      });
      return `${contest} ${side}: ${figures.filter((each) => each !== '').join(', ')}`;
    }),
  );
  const grown = heap.map(
    ({ msgs, heapBytes }) => `${(heapBytes / 2 ** 20).toFixed(1)} MiB after ${msgs}`,
  );
  return grown.length === 0 ? sides : [...sides, `heap: ${grown.join(', ')}`];
}

const SHOWN = [
  { figure: 'perSecond', words: 'msg/s', digits: 0 },
  { figure: 'achievedPerSecond', words: 'sent/s', digits: 0 },
  { figure: 'clientCpuUs', words: 'client CPU µs', digits: 1 },
  { figure: 'serverCpuUs', words: 'server CPU µs', digits: 1 },
  { figure: 'p50Us', words: 'p50 µs', digits: 0 },
  { figure: 'p99Us', words: 'p99 µs', digits: 0 },
  { figure: 'missing', words: 'missing', digits: 0 },
];

function warningsOf(stage: Stage): string[] {
  return stage.warnings().map((warning) => `warning: ${warning}`);
}

/** A ratio in words. */
function toLine({ name, value, goal, floor, better, verdict, words }: Judged): string {
  const figure = value === null ? '-' : value.toFixed(3);
  const bound = better === 'higher' ? '≥' : '≤';
  const limits = `goal ${bound} ${goal}, floor ${bound} ${floor.toFixed(3)}`;
  return `${name.padEnd(22)} ${figure.padStart(8)}  ${verdict.padEnd(16)} ${limits}  (${words})`;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4));
}

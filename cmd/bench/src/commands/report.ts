/** `jetlane bench report`: everything, at full size, written into the documentation. */
import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { addExamples } from '../frame/flags.ts';
import { onStage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { type Line, PARTS, type Part } from '../report/line.ts';
import { MEASURE, type ReportSizes } from '../report/measure.ts';
import { openPlace, type Place, record, render } from '../report/record.ts';

interface Flags {
  readonly quick?: boolean;
  readonly only?: readonly Part[];
  readonly render?: boolean;
  readonly out?: string;
  readonly progress: boolean;
}

const RATES = [1_000, 5_000, 20_000, 50_000];

const FULL: ReportSizes = {
  rounds: 5,
  roundMs: 5_000,
  preload: 1_000_000,
  heapAt: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((millions) => millions * 1_000_000),
  rates: RATES,
  stepMs: 3_000,
  profileMs: 5_000,
};

const QUICK: ReportSizes = {
  rounds: 3,
  roundMs: 2_000,
  preload: 300_000,
  heapAt: [200_000, 400_000, 600_000, 800_000, 1_000_000],
  rates: RATES,
  stepMs: 1_000,
  profileMs: 3_000,
};

/** Adds the subcommand. */
export function addReport(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('report')
    .summary('measure everything and write docs/benchmarks.md')
    .description(
      'Measures all parts in turn, on nats-servers of its own, and writes benchmarks.md, its pictures and the raw results. Each part is kept as soon as it is measured; a new run replaces it.',
    )
    .option('--quick', 'short sizes')
    .option('--only <parts>', `some of ${PARTS.join(', ')}; the rest stays as it was`, parts)
    .option('--render', 'measure nothing: write the page anew from benchmarks.jsonl')
    .option('--out <folder>', 'where to write (default: docs/ of this clone)')
    .option('--no-progress', 'no progress, also on a terminal')
    .action((flags: Flags) => report(flags, surroundings));
  addExamples(command, [
    ['jetlane bench report', 'at full size: about half an hour'],
    ['jetlane bench report --quick --only publish,work', 'two parts, in minutes'],
  ]);
}

async function report(flags: Flags, surroundings: Surroundings): Promise<void> {
  const place = await placeOf(flags.out);
  if (flags.render) return render(place);
  await openPlace(place);
  const sizes = flags.quick ? QUICK : FULL;
  for (const part of flags.only ?? PARTS) {
    // Each on a server that has not served another.
    await onStage(
      surroundings,
      { flags, progress: flags.progress, ownServer: true },
      async (stage) => {
        const data = await MEASURE[part](stage, sizes);
        const quick = flags.quick === true;
        const { environment } = stage;
        const line = { part, quick, environment, warnings: stage.warnings(), data } as Line;
        await record(place, line);
        stage.say(`${part}: kept in ${join(place.folder, 'benchmarks.jsonl')}`);
      },
    );
    if (surroundings.exitCode !== 0) return;
  }
}

/** `docs/` of the clone that this program runs in, or what was named. */
async function placeOf(out: string | undefined): Promise<Place> {
  if (out !== undefined) return { folder: resolve(out), readme: undefined };
  const folder = fileURLToPath(new URL('../../../../docs', import.meta.url));
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  if (!there) return { folder: resolve('.'), readme: undefined };
  return { folder, readme: join(dirname(folder), 'README.md') };
}

function parts(text: string): Part[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !PARTS.some((each) => each === name));
  if (unknown === undefined) return names as Part[];
  throw new InvalidArgumentError(
    `there is no part '${unknown}': expected some of ${PARTS.join(', ')}.`,
  );
}

/** `jetlane bench scale`: measures what the cost model is made of, fits it, and says how far off it is. */
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { commandLine, environment } from '../frame/environment.ts';
import { BenchFailure, messageOf } from '../frame/failure.ts';
import { addExamples } from '../frame/flags.ts';
import { watchMachine } from '../frame/machine-watch.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import type { ScaleModel } from '../plan/model.ts';
import { fitModel } from './fit.ts';
import { lawLines } from './law-view.ts';
import { measure } from './measure.ts';
import type { Recording } from './point.ts';
import { record, render } from './record.ts';

interface Flags {
  readonly size: 'quick' | 'full';
  readonly record?: boolean;
  readonly render?: boolean;
  readonly model?: string;
  readonly json?: boolean;
}

const INTERRUPTED = 130;

/** Adds the subcommand. */
export function addScale(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('scale')
    .summary('measure and fit the cost model of `plan`')
    .description(
      'Measures on nats-servers of its own what a message, an id, a subject, a consumer, a filter, a connection and a copy cost, fits the model that `plan` uses, and checks it on points that it was not fitted to. Linux only. Takes about six minutes; --size quick one.',
    )
    .addOption(
      new Option('--size <size>', 'how much to measure').choices(['quick', 'full']).default('full'),
    )
    .option('--model <file>', 'write the coefficients there, for `plan --model`')
    .option(
      '--record',
      'keep the run in this repository: docs/scale.jsonl, docs/scale.md, the model of `plan`',
    )
    .option(
      '--render',
      'measure nothing: write docs/scale.md and the model anew from docs/scale.jsonl',
    )
    .option('--json', 'print points and model as one JSON document')
    .action((flags: Flags) => scale(flags, surroundings));
  addExamples(command, [
    ['jetlane bench scale --model mine.json', 'coefficients of this machine'],
    ['jetlane bench plan --drivers 1M --model mine.json', 'and a plan that uses them'],
  ]);
}

async function scale(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { io } = surroundings;
  if (flags.render) return render();
  if (process.platform !== 'linux')
    throw new BenchFailure('scale reads /proc, which only Linux has: run it there');
  const watch = watchMachine();
  const startedMs = performance.now();
  const before = environment('', commandLine());
  const signal = interruption(surroundings);
  const say = (line: string) => io.err(line);
  const { points, natsServer } = await measure({ size: flags.size, signal, say });
  if (signal.aborted) {
    io.err('interrupted: a model needs all of its points, so nothing was written');
    surroundings.exitCode = INTERRUPTED;
    return;
  }
  const recording: Recording = {
    run: {
      size: flags.size,
      durationMs: Math.round(performance.now() - startedMs),
      environment: { ...before, natsServer },
      warnings: watch.end(),
    },
    points,
  };
  const model = fitModel(recording);
  if (flags.model !== undefined) await writeModel(flags.model, model);
  if (flags.record) await record(recording);
  if (flags.json) io.json({ benchmark: 'scale', ...recording, model });
  else
    io.out(
      [...lawLines(model), ...recording.run.warnings.map((each) => `warning: ${each}`)].join('\n'),
    );
}

function interruption({ io, interrupt }: Surroundings): AbortSignal {
  const stop = new AbortController();
  void interrupt
    .take(() => process.exit(INTERRUPTED))
    .then(() => {
      io.err('interrupted: clearing away');
      stop.abort();
    });
  return stop.signal;
}

async function writeModel(file: string, model: ScaleModel): Promise<void> {
  await writeFile(file, `${JSON.stringify(model, null, 2)}\n`).catch((error: unknown) => {
    throw new BenchFailure(`--model: ${file} cannot be written: ${messageOf(error)}`);
  });
}

/** `jetlane bench rest-vs-events`: the same order flow as chained HTTP calls and as events, healthy and in trouble. */
import { type Command, InvalidArgumentError } from 'commander';
import { measureFlow } from '../flow/play.ts';
import { COLUMNS, NOTES } from '../flow/result.ts';
import { TROUBLES, type TroubleName } from '../flow/trouble.ts';
import {
  addExamples,
  addOutputFlags,
  durationOption,
  integer,
  type OutputFlags,
} from '../frame/flags.ts';
import { print } from '../frame/output.ts';
import { onStage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';

/** What was asked for. */
interface Flags extends OutputFlags {
  readonly rate: number;
  readonly duration: number;
  readonly rounds: number;
  readonly payment: readonly TroubleName[];
}

/** Adds the subcommand. */
export function addRestVsEvents(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('rest-vs-events')
    .summary('one order flow as synchronous REST and as events')
    .description(
      'Order, inventory and payment, a process each; a customer places orders at a fixed rate. As REST, orders calls inventory and payment (1 s timeout, two retries) before it answers; as events it answers once OrderPlaced is stored. Healthy, and with a payment service that is flaky, slow or away for a third of the run. Response time, orders refused, orders paid, CPU.',
    )
    .option('--rate <n>', 'orders a second', integer(1, 20_000), 200)
    .addOption(durationOption('--duration <time>', 'of each run', '6s', 600))
    .option('--rounds <n>', 'rounds', integer(1, 100), 3)
    .option('--payment <list>', `with commas: ${TROUBLES.join(', ')}`, troubleList, TROUBLES)
    .action((flags: Flags) => restVsEvents(flags, surroundings));
  addExamples(command, [
    ['jetlane bench rest-vs-events --rate 500', 'three rounds on a nats-server of its own'],
  ]);
  surroundings.addServerFlags(addOutputFlags(command));
}

async function restVsEvents(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { rate, rounds, duration: durationMs, progress } = flags;
  await onStage(surroundings, { flags, progress }, async (stage) => {
    const rows = await measureFlow(stage, { ...flags, durationMs });
    const settings = { rate, duration: `${durationMs / 1_000} s`, rounds };
    await print(
      surroundings,
      flags,
      {
        benchmark: 'rest-vs-events',
        settings,
        rows,
        notes: NOTES,
        warnings: stage.warnings(),
        partial: stage.signal.aborted,
        environment: stage.environment,
      },
      COLUMNS,
    );
  });
}

function troubleList(text: string): TroubleName[] {
  const names = text.split(',').map((name) => name.trim());
  const wanted = TROUBLES.filter((name) => names.includes(name));
  if (wanted.length === new Set(names).size) return wanted;
  throw new InvalidArgumentError(`expected some of ${TROUBLES.join(', ')}.`);
}

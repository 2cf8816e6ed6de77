/** `npm run chaos`. Exit 0: safe, and every fault bit; 1: not; 2: wrong usage; 3: this machine cannot try it; 130: interrupted. */
import { DevserverError } from '@jetlane/devserver';
import { CommanderError } from 'commander';
import { FAULTS } from './catalog.ts';
import { type ChaosOptions, parseOptions } from './options.ts';
import { toJsonLine, toWords } from './output.ts';
import { record, render } from './report/record.ts';
import { Interrupted, RunFailure } from './run-failure.ts';
import { tryFault } from './trial.ts';

const EXIT = { ok: 0, notOk: 1, usage: 2, impossible: 3, interrupted: 130 };

process.exitCode = await main(process.argv.slice(2));
// Whatever is still open by now must not keep the program.
setTimeout(() => process.exit(), 2_000).unref();

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args, FAULTS);
    if (!options.render) return await runAll(options);
    await render(FAULTS);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof Interrupted) return EXIT.interrupted;
    const expected = error instanceof RunFailure || error instanceof DevserverError;
    say(expected ? (error as Error).message : String((error as Error).stack));
    return EXIT.notOk;
  }
}

async function runAll({ trials, seed, size, json, record: keep }: ChaosOptions): Promise<number> {
  const signal = interruption();
  let code: number = EXIT.ok;
  for (const { fault, nodes } of trials) {
    const obstacle = fault.obstacle();
    if (obstacle !== undefined) {
      say(`${fault.name}: skipped, ${obstacle}`);
      if (trials.length === 1) return EXIT.impossible;
      continue;
    }
    say(
      `${fault.name}: ${fault.does} (${size}, ${nodes === 1 ? 'one server' : `${nodes} servers`}, seed ${seed})`,
    );
    const result = await tryFault(
      { fault, seed, size, nodes },
      { signal, say: (line) => say(`  ${line}`) },
    );
    const words = toWords(result);
    if (json) {
      for (const line of words) say(line);
      process.stdout.write(`${toJsonLine(result)}\n`);
    } else process.stdout.write(`${words.join('\n')}\n`);
    if (keep && result.outcome !== undefined) await record(result, FAULTS);
    else if (keep) say(`${fault.name}: not recorded, since it did not come to its end`);
    if (!result.ok) code = EXIT.notOk;
  }
  return code;
}

/** Aborts on the first Ctrl-C; the second ends the program at once. */
function interruption(): AbortSignal {
  const stop = new AbortController();
  const interrupted = () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    say('interrupted: clearing away');
    stop.abort();
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return stop.signal;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** `npm start`: the whole demo in one command. Exit 0: nothing was lost; 1: it was, or it cannot run; 2: wrong usage; 130: stopped before it began. */
import { JetlaneError } from '@jetlane/core';
import { DevserverError } from '@jetlane/devserver';
import { CommanderError } from 'commander';
import { parseOptions, type RunOptions } from './run/options.ts';
import { RAMP_HEAD, ramp, rampLine, rampSummary } from './run/ramp.ts';
import { run } from './run/run.ts';
import { RunFailure, RunStopped } from './run/run-failure.ts';
import { type Screen, screen, silentScreen } from './run/screen.ts';
import { SERVICES } from './services/service-name.ts';

/** A signal that comes again so soon is the same wish: npm passes on what a terminal sends to all of its programs. */
const ECHO_MS = 500;

process.exitCode = await main(process.argv.slice(2));
// Whatever is still open by now (a page that does not answer) must not keep the program.
setTimeout(() => process.exit(), 2000).unref();

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args, process.env);
    const stop = new AbortController();
    const output = screen(process.stdout, { silent: options.json });
    let askedMs = Number.NEGATIVE_INFINITY;
    const interrupted = () => {
      const nowMs = performance.now();
      if (stop.signal.aborted && nowMs - askedMs >= ECHO_MS) process.exit(130);
      if (stop.signal.aborted) return;
      askedMs = nowMs;
      output.say('stopping; another Ctrl-C ends it without waiting');
      stop.abort();
    };
    process.on('SIGINT', interrupted);
    process.on('SIGTERM', interrupted);
    // Who read along has gone, as `| head` does: the run ends in order, and what it still says goes nowhere.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      stop.abort();
    });
    if (options.ramp) return await climb(options, output, stop.signal);
    const { result, summary } = await run(options, output, stop.signal);
    for (const line of summary) output.say(line);
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    return SERVICES.every((name) => result.services[name].lost === 0) ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const expected = [JetlaneError, DevserverError, RunFailure].some(
      (kind) => error instanceof kind,
    );
    process.stderr.write(`${expected ? (error as Error).message : (error as Error).stack}\n`);
    return error instanceof RunStopped ? 130 : 1;
  }
}

/** A ramp shows its own table; what the single runs would say is left out. */
async function climb(options: RunOptions, output: Screen, stopped: AbortSignal): Promise<number> {
  output.say(RAMP_HEAD);
  const end = await ramp(
    options,
    (step) => run(step, silentScreen, stopped),
    (step) => output.say(rampLine(step)),
    stopped,
  );
  for (const line of rampSummary(end)) output.say(line);
  if (options.json) process.stdout.write(`${JSON.stringify(end)}\n`);
  return end.knee !== null && end.steps.every(({ lost }) => lost === 0) ? 0 : 1;
}

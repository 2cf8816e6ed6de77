/** `npm run simulate`: runs seeds of the simulation, or one of them with a line for all that happens. */
import { parseArgs } from 'node:util';
import { replayCommand, simulateMany } from './many.ts';
import { simulate } from './simulation.ts';

const USAGE = `npm run simulate -- [--seed N] [--count N] [--partitions] [--trace] [--json]
  --seed N    the first seed (default 0)
  --count N   how many seeds (default 10000; 1 with --trace)
  --partitions  the seeds of a partitioned worker, whose processes come, go and freeze
  --trace     print a line for all that happens
  --json      end with one line of JSON`;

const FAILURES_SHOWN = 10;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = read(args);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${USAGE}\n`);
    return 2;
  }
  const { seed, count, partitions, trace, json } = options;
  if (trace) {
    const result = await simulate(seed, { partitions, trace: (line) => console.log(line) });
    console.log(result.violation ?? 'all held');
    if (json) console.log(JSON.stringify(result));
    return result.violation === undefined ? 0 : 1;
  }
  const beganMs = performance.now();
  const results = await simulateMany({
    from: seed,
    count,
    failuresMax: FAILURES_SHOWN,
    partitions,
  });
  for (const { seed: failed, violation } of results.failed)
    console.log(`seed ${failed}: ${violation}\n  ${replayCommand(failed, partitions)}`);
  const { failed, ...figures } = results;
  const tookMs = Math.round(performance.now() - beganMs);
  console.log(`${figures.seeds} seeds, ${failed.length} failed, ${tookMs} ms`);
  if (json) console.log(JSON.stringify({ seed, ...figures, failed: failed.length, tookMs }));
  return failed.length === 0 ? 0 : 1;
}

function read(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '0' },
        count: { type: 'string', default: '10000' },
        partitions: { type: 'boolean', default: false },
        trace: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const [seed, count] = [Number(values.seed), Number(values.count)];
    if (!Number.isSafeInteger(seed) || seed < 0 || !Number.isSafeInteger(count) || count < 1)
      return `--seed takes a whole number from 0, and --count one from 1, not '${values.seed}' and '${values.count}'`;
    const { partitions, trace, json } = values;
    return { seed, count, partitions, trace, json };
  } catch (error) {
    return (error as Error).message.split('. ')[0] as string;
  }
}

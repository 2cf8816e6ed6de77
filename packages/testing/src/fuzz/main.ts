/** `npm run fuzz`: feeds everything that reads what others wrote with generated inputs. */
import { parseArgs } from 'node:util';
import type { FuzzResult } from './fuzz.ts';
import { targetOf, targets } from './targets.ts';
import { fuzzInThread } from './thread.ts';

const USAGE = `npm run fuzz -- [--target NAME] [--seed N] [--from N] [--count N] [--json]
  --target NAME   one of ${targets.map(({ name }) => name).join(', ')} (default: all)
  --seed N        what inputs are made from (default 1)
  --from N        the number of the first input (default 0)
  --count N       inputs of each target (default 1000000)
  --json          one line of JSON for each target`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = read(args);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${USAGE}\n`);
    return 2;
  }
  const { names, json, ...inputs } = options;
  let failures = 0;
  for (const target of names) {
    const result = await fuzzInThread({ target, ...inputs });
    console.log(json ? JSON.stringify(result) : lineOf(result));
    if (result.failure !== undefined) failures++;
  }
  return failures === 0 ? 0 : 1;
}

function lineOf({ target, inputs, tookMs, slowestMs, grownBytes, failure }: FuzzResult): string {
  const grown = (grownBytes / 2 ** 20).toFixed(1);
  const figures = `${tookMs} ms, slowest ${slowestMs.toFixed(1)} ms, heap ${grown} MiB more`;
  if (failure === undefined) return `${target}: ${inputs} inputs taken, ${figures}`;
  const { number, why, inputHex, replay } = failure;
  return `${target}: input ${number} was not taken: ${why}\n  hex ${inputHex}\n  ${replay}`;
}

function read(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        target: { type: 'string' },
        seed: { type: 'string', default: '1' },
        from: { type: 'string', default: '0' },
        count: { type: 'string', default: '1000000' },
        json: { type: 'boolean', default: false },
      },
    });
    const [seed, from, count] = [values.seed, values.from, values.count].map(Number) as [
      number,
      number,
      number,
    ];
    const wrong = [seed, from, count].some((number) => !Number.isSafeInteger(number) || number < 0);
    if (wrong || count < 1)
      return '--seed and --from take a whole number from 0, and --count one from 1';
    if (values.target !== undefined && targetOf(values.target) === undefined)
      return `there is no target '${values.target}'`;
    const names = values.target === undefined ? targets.map(({ name }) => name) : [values.target];
    return { names, seed, from, count, json: values.json };
  } catch (error) {
    return (error as Error).message.split('. ')[0] as string;
  }
}

/** The command line. Everything wrong is said in one sentence, before anything starts. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Fault, Nodes, Size } from './fault.ts';

/** What was asked for. */
export interface ChaosOptions {
  /** What to try, each with the numbers of servers to try it with. */
  readonly trials: readonly { readonly fault: Fault; readonly nodes: Nodes }[];
  readonly seed: number;
  readonly size: Size;
  readonly json: boolean;
  /** Whether the results go into the documentation. */
  readonly record: boolean;
  /** Only write the documentation anew from what was recorded. */
  readonly render: boolean;
}

const EXAMPLES = `
Examples:
  npm run chaos                                              all faults at full size; writes docs/reliability.md
  npm run chaos -- --only broker-kill --seed 7 --size small
  npm run chaos -- --only lanes --seed 7 --size small --nodes 3 --json
  npm run chaos -- --only power --record                     replaces one line of docs/reliability.md

Exit status: 0 safe, and the fault bit; 1 not; 2 wrong usage; 3 this machine cannot try it; 130 interrupted.`;

/**
 * Reads the arguments after the program's name. Commander ends the process with 0 for `--help`; for wrong usage it throws its
 * CommanderError, after writing one sentence to stderr.
 */
export function parseOptions(args: readonly string[], faults: readonly Fault[]): ChaosOptions {
  const names = faults.map(({ name }) => name).join(', ');
  const command = new Command('chaos')
    .description('Tries what Jetlane promises while servers, networks and processes fail.')
    .addOption(
      new Option('--only <name>', `one fault: ${names}`).argParser((name) => {
        const chosen = faults.find((each) => each.name === name);
        if (chosen !== undefined) return chosen;
        throw new InvalidArgumentError(`It must be one of ${names}.`);
      }),
    )
    .addOption(
      new Option('--seed <n>', 'decides all chance of the run').default(1).argParser((text) => {
        const seed = Number(text);
        if (/^\d+$/.test(text) && seed < 2 ** 32) return seed;
        throw new InvalidArgumentError(`It must be a whole number from 0 to ${2 ** 32 - 1}.`);
      }),
    )
    .addOption(new Option('--size <size>', 'how much').choices(['small', 'full']).default('full'))
    .addOption(
      new Option('--nodes <n>', 'servers (default: 1, or 3 for a fault that needs them)').choices([
        '1',
        '3',
      ]),
    )
    .option('--json', 'print one JSON line for each run on stdout', false)
    .option('--record', 'also with --only or --size small: write docs/reliability.md', false)
    .option('--render', 'try nothing: write docs/reliability.md anew from what was recorded', false)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(`${text.replace(/^error: /, '').trimEnd()}\nFaults: ${names}\n`),
    });
  command.parse([...args], { from: 'user' });
  const given = command.opts();
  const only: Fault | undefined = given['only'];
  const nodes = given['nodes'] === undefined ? undefined : (Number(given['nodes']) as Nodes);
  if (only !== undefined && nodes !== undefined && !only.nodes.includes(nodes))
    command.error(`${only.name} runs with --nodes ${only.nodes.join(' or ')}, not with ${nodes}.`);
  return {
    trials: trialsOf(faults, only, nodes),
    seed: given['seed'],
    size: given['size'],
    json: given['json'],
    render: given['render'],
    record: given['record'] || (only === undefined && given['size'] === 'full'),
  };
}

function trialsOf(
  faults: readonly Fault[],
  only: Fault | undefined,
  nodes: Nodes | undefined,
): ChaosOptions['trials'] {
  if (only !== undefined) return [{ fault: only, nodes: nodes ?? (only.nodes[0] as Nodes) }];
  return faults.flatMap((fault) =>
    fault.nodes
      .filter((each) => nodes === undefined || each === nodes)
      .map((each) => ({ fault, nodes: each })),
  );
}

/** `jetlane bench plan`: what a load takes, by the measured cost model. Reaches no server. */
import { type Command, Option } from 'commander';
import { messageOf } from '../frame/failure.ts';
import { addExamples, bytes, integer } from '../frame/flags.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { MODEL_FILE, readModel, type ScaleModel } from './model.ts';
import { planLines } from './plan-view.ts';
import { predict } from './predict.ts';
import { DEFAULTS, KIND_DEFAULTS, type Question, toQuestion } from './question.ts';
import { memoryForStreams } from './servers.ts';
import { amountOfBytes, decimal, time } from './values.ts';

/** What was asked for; what is absent has the default of its kind of sender. */
interface Flags {
  readonly drivers?: number;
  readonly devices?: number;
  readonly interval?: number;
  readonly size?: number;
  readonly services?: number;
  readonly filters: number;
  readonly replicas: string;
  readonly burst?: number;
  readonly subjects?: number;
  readonly dedupeWindow: number;
  readonly retention: number;
  readonly connections?: number;
  readonly senderCpu: number;
  readonly handlerCpu: number;
  readonly coresPerServer: number;
  readonly memoryPerServer: number;
  readonly networkPerServer: number;
  readonly diskPerServer: number;
  readonly targetUtilization: number;
  readonly cpuFactor: number;
  readonly streamRate?: number;
  readonly model?: string;
  readonly json?: boolean;
}

const COUNT_MAX = 1_000_000_000;
const RATE_MAX = 1_000_000_000;

/** Adds the subcommand. */
export function addPlan(bench: Command, { io }: Surroundings): void {
  const command = bench
    .command('plan')
    .summary('what a load takes: servers, streams, processes, memory, disk, network')
    .description(
      'Predicts what a load takes from a cost model that was measured (docs/scale.md), and shows every sum. Reaches no server.',
    );
  addLoad(command);
  addMachine(command);
  command.option('--json', 'print one JSON document');
  command.action(async (flags: Flags) => {
    const question = questionOf(command, flags);
    const model = await readModel(flags.model ?? MODEL_FILE).catch((error: unknown) =>
      command.error(messageOf(error)),
    );
    if (memoryForStreams(question, model) <= 0)
      command.error(
        `--memory-per-server: ${question.memoryPerServerBytes} bytes leave nothing for streams beside the server itself and the page cache`,
      );
    const plan = predict(question, model);
    if (flags.json) io.json({ benchmark: 'plan', ...plan, model: origin(model) });
    else io.out(planLines(plan, model).join('\n'));
  });
  addExamples(command, [
    ['jetlane bench plan --drivers 1000000 --interval 4s', '250,000 messages a second'],
    [
      'jetlane bench plan --devices 1M --interval 10s --services 2',
      'devices that connect themselves',
    ],
    ['jetlane bench plan --drivers 1M --dedupe-window 10s --cores-per-server 16', 'other machines'],
  ]);
}

function addLoad(command: Command): void {
  const count = integer(1, COUNT_MAX);
  const kinds = (name: 'intervalMs' | 'sizeBytes' | 'services' | 'burst', unit = '', by = 1) =>
    `default: ${KIND_DEFAULTS.drivers[name] / by}${unit} for drivers, ${KIND_DEFAULTS.devices[name] / by}${unit} for devices`;
  command
    .addOption(
      new Option('--drivers <n>', 'senders that report through processes of yours')
        .argParser(count)
        .conflicts('devices'),
    )
    .option('--devices <n>', 'senders that are connected themselves', count)
    .option(
      '--interval <time>',
      `between two messages of one sender (${kinds('intervalMs', 's', 1_000)})`,
      time(1),
    )
    .option('--size <bytes>', `payload of a message (${kinds('sizeBytes')})`, bytes(1))
    .option(
      '--services <n>',
      `durable consumers that each get everything (${kinds('services')})`,
      integer(0, 1_000),
    )
    .option('--filters <n>', 'subject filters of each of them', integer(1, 1_000), DEFAULTS.filters)
    .addOption(
      new Option('--replicas <n>', 'copies of the streams')
        .choices(['1', '3'])
        .default(String(DEFAULTS.replicas)),
    )
    .option(
      '--burst <n>',
      `messages that arrive together on a connection (${kinds('burst')})`,
      integer(1, 10_000),
    )
    .option('--subjects <n>', 'different subjects (default: one for each sender)', count)
    .option(
      '--dedupe-window <time>',
      'how long ids are remembered (default: 2m)',
      time(100),
      DEFAULTS.dedupeWindowMs,
    )
    .option(
      '--retention <time>',
      'how long messages are kept (default: 1h)',
      time(1_000),
      DEFAULTS.retentionMs,
    )
    .option(
      '--connections <n>',
      'connections beside those of your processes (default: one for each device)',
      integer(0, COUNT_MAX),
    )
    .option(
      '--sender-cpu <us>',
      'CPU of your own code for each message sent, in µs',
      decimal(0, 1e6),
      DEFAULTS.senderCpuUs,
    )
    .option(
      '--handler-cpu <us>',
      'CPU of your own handler for each message, in µs',
      decimal(0, 1e6),
      DEFAULTS.handlerCpuUs,
    );
}

function addMachine(command: Command): void {
  command
    .option(
      '--cores-per-server <n>',
      'cores of a server',
      decimal(0, 1_024, { above: true }),
      DEFAULTS.coresPerServer,
    )
    .option(
      '--memory-per-server <size>',
      'its memory (default: 32GiB)',
      amountOfBytes,
      DEFAULTS.memoryPerServerBytes,
    )
    .option(
      '--network-per-server <gbit>',
      'its network in each direction, in Gbit/s',
      decimal(0, 1_000, { above: true }),
      DEFAULTS.networkPerServerBits / 1e9,
    )
    .option(
      '--disk-per-server <size>',
      'what its disk writes in a second, for ever (default: 500MiB)',
      amountOfBytes,
      DEFAULTS.diskPerServerBytes,
    )
    .option(
      '--target-utilization <share>',
      'share of what a core, a network and a disk can carry',
      decimal(0, 1, { above: true }),
      DEFAULTS.utilization,
    )
    .option(
      '--cpu-factor <share>',
      'CPU time on your machine ÷ CPU time where it was measured',
      decimal(0, 100, { above: true }),
      DEFAULTS.cpuFactor,
    )
    .option(
      '--stream-rate <n>',
      'messages a second that one stream stores (default: from the CPU of its leader)',
      integer(1, RATE_MAX),
    )
    .option(
      '--model <file>',
      'coefficients of your own: `jetlane bench scale --model FILE` writes them',
    );
}

function questionOf(command: Command, flags: Flags): Question {
  const senders = flags.drivers ?? flags.devices;
  if (senders === undefined)
    return command.error('bench plan needs a load: --drivers N or --devices N');
  const question = toQuestion({
    kind: flags.drivers === undefined ? 'devices' : 'drivers',
    senders,
    filters: flags.filters,
    replicas: flags.replicas === '1' ? 1 : 3,
    dedupeWindowMs: flags.dedupeWindow,
    retentionMs: flags.retention,
    senderCpuUs: flags.senderCpu,
    handlerCpuUs: flags.handlerCpu,
    coresPerServer: flags.coresPerServer,
    memoryPerServerBytes: flags.memoryPerServer,
    networkPerServerBits: flags.networkPerServer * 1e9,
    diskPerServerBytes: flags.diskPerServer,
    utilization: flags.targetUtilization,
    cpuFactor: flags.cpuFactor,
    ...given('intervalMs', flags.interval),
    ...given('sizeBytes', flags.size),
    ...given('services', flags.services),
    ...given('burst', flags.burst),
    ...given('subjects', flags.subjects),
    ...given('connections', flags.connections),
    ...given('streamPerSecond', flags.streamRate),
  });
  const rate = (question.senders * 1_000) / question.intervalMs;
  if (rate > RATE_MAX)
    return command.error(
      `${question.senders} senders every ${question.intervalMs} ms are ${rate} messages a second: expected at most ${RATE_MAX}`,
    );
  return question;
}

function given<Name extends keyof Question>(
  name: Name,
  value: Question[Name] | undefined,
): Partial<Question> {
  return value === undefined ? {} : { [name]: value };
}

/** Where a model comes from, without its coefficients. */
function origin({ laws: _, ...rest }: ScaleModel): Omit<ScaleModel, 'laws'> {
  return rest;
}

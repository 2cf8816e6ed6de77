/** `docs/scale.md`, from the recording and its model. Pure: the same lines make the same page. */
import { LAW_NAMES, type LawName } from '../plan/law-names.ts';
import type { ScaleModel } from '../plan/model.ts';
import { planLines } from '../plan/plan-view.ts';
import { type Plan, predict } from '../plan/predict.ts';
import { type Question, toQuestion } from '../plan/question.ts';
import { amount, written } from '../plan/step.ts';
import { compare } from './fit.ts';
import { errorWords, formula, MAIN_LAWS, percent } from './law-view.ts';
import { markdownTable } from './markdown-table.ts';
import type { Experiment, Point, Recording } from './point.ts';
import { BOUNDS, HEAD, HOT, METHOD, MODEL } from './prose.ts';

/** The page. */
export function toPage({ run, points }: Recording, model: ScaleModel): string {
  const plans = SCENARIOS.map(({ title, question }) => ({
    title,
    plan: predict(toQuestion(question), model),
  }));
  const { environment: where } = run;
  return [
    HEAD,
    '',
    `${run.size === 'full' ? 'Full' : '**Quick**'} run of ${where.date.slice(0, 16).replace('T', ' ')} UTC, ${Math.round(run.durationMs / 1_000)} s, \`${where.command}\`: ${where.machine}; load ${where.loadBefore} before; Node ${where.node}, nats-server ${where.natsServer}, Jetlane ${where.jetlane}.`,
    ...run.warnings.map((warning) => `**Warning:** ${warning}.`),
    '',
    '## What it predicts',
    '',
    ...summary(plans),
    '',
    PREDICTION,
    '',
    ...plans.flatMap(({ title, plan }, i) => [
      `### ${title}`,
      '',
      '```sh',
      SCENARIOS[i]?.typed ?? '',
      '```',
      '',
      '```text',
      ...planLines(plan, model).slice(0, -2),
      '```',
      '',
    ]),
    '### What moves it',
    '',
    'The million drivers again, with one thing changed in each line.',
    '',
    ...variants(model),
    '',
    HOT,
    '',
    MODEL,
    '',
    ...laws(model),
    '',
    '## How far off it is',
    '',
    'On points that were measured and not used for fitting. `paced`: at a fixed rate from two processes; otherwise each burst as soon as the one before is acknowledged.',
    '',
    ...MAIN_LAWS.flatMap((name) => comparison(name, points, model)),
    METHOD,
    '',
    ...EXPERIMENTS.flatMap(({ experiment, title, where: only }) => [
      `### ${title}`,
      '',
      ...measured(
        points.filter((point) => point.experiment === experiment && (only?.(point) ?? true)),
      ),
      '',
    ]),
    BOUNDS,
    '',
  ].join('\n');
}

const PREDICTION =
  'Every number can be changed by a flag, and every coefficient by `--model FILE`.';

interface Scenario {
  readonly title: string;
  readonly typed: string;
  readonly question: Pick<Question, 'kind' | 'senders'> & Partial<Question>;
}

const SCENARIOS: readonly Scenario[] = [
  {
    title: 'A million drivers, every 4 s',
    typed: 'jetlane bench plan --drivers 1000000 --interval 4s',
    question: { kind: 'drivers', senders: 1_000_000, intervalMs: 4_000 },
  },
  {
    title: 'The same with ids remembered for 10 s',
    typed: 'jetlane bench plan --drivers 1000000 --interval 4s --dedupe-window 10s',
    question: { kind: 'drivers', senders: 1_000_000, intervalMs: 4_000, dedupeWindowMs: 10_000 },
  },
  {
    title: 'A million devices, every 10 s',
    typed: 'jetlane bench plan --devices 1000000 --interval 10s',
    question: { kind: 'devices', senders: 1_000_000, intervalMs: 10_000 },
  },
];

const VARIANTS: readonly (readonly [typed: string, more: Partial<Question>])[] = [
  ['', {}],
  ['--replicas 1', { replicas: 1 }],
  ['--services 1', { services: 1 }],
  ['--services 2', { services: 2 }],
  ['--size 1KiB', { sizeBytes: 1_024 }],
  ['--burst 1', { burst: 1 }],
  ['--burst 64', { burst: 64 }],
  ['--interval 1s', { intervalMs: 1_000 }],
  ['--handler-cpu 100', { handlerCpuUs: 100 }],
  ['--cpu-factor 0.5', { cpuFactor: 0.5 }],
];

function variants(model: ScaleModel): string[] {
  const rows = VARIANTS.map(([typed, more]) => {
    const given = { kind: 'drivers', senders: 1_000_000, intervalMs: 4_000, ...more } as const;
    const { answer, question, sections } = predict(toQuestion(given), model);
    const steps = sections.flatMap((section) => section.steps);
    const cores = steps.find(({ id }) => id === 'serverCores')?.value ?? 0;
    return [
      typed === '' ? 'as asked' : `\`${typed}\``,
      amount(cores),
      amount(answer.servers),
      answer.serversBoundBy,
      amount(answer.streams),
      amount(answer.publishers),
      amount(answer.workersPerService * question.services),
    ];
  });
  const titles = ['', 'server cores', 'servers', 'decided by', 'streams', 'publishers', 'workers'];
  return markdownTable(titles, rows);
}

function summary(plans: readonly { readonly title: string; readonly plan: Plan }[]): string[] {
  const row = (name: string, pick: (plan: Plan) => string) => [
    name,
    ...plans.map(({ plan }) => pick(plan)),
  ];
  return markdownTable(
    ['', ...plans.map(({ title }) => title)],
    [
      row('messages', ({ answer }) => written(answer.messagesPerSecond, 'perSecond')),
      row('services × copies', ({ question: q }) => `${q.services} × ${q.replicas}`),
      row('servers', ({ answer, question: q }) => `${answer.servers} of ${q.coresPerServer} cores`),
      row('decided by', ({ answer }) => answer.serversBoundBy),
      row('streams', ({ answer }) => amount(answer.streams)),
      row('partitions of each stream', ({ answer }) => amount(answer.partitions)),
      row('publishing processes', ({ answer }) => amount(answer.publishers)),
      row('processes of each service', ({ answer }) => amount(answer.workersPerService)),
      row('memory of each server', ({ answer }) => written(answer.memoryPerServerBytes, 'bytes')),
      row('disk of each server', ({ answer }) => written(answer.diskPerServerBytes, 'bytes')),
      row('written to it', ({ answer }) =>
        written(answer.writtenPerServerBytesPerSecond, 'bytesPerSecond'),
      ),
      row(
        'network in and out of each',
        ({ answer: { inPerServerBits, outPerServerBits } }) =>
          `${written(inPerServerBits, 'bits')}, ${written(outPerServerBits, 'bits')}`,
      ),
    ],
  );
}

function laws({ laws }: ScaleModel): string[] {
  const rows = LAW_NAMES.map((name) => {
    const law = laws[name];
    return [`\`${name}\``, law.gives, formula(law), errorWords(law)];
  });
  return markdownTable(['law', 'gives', '=', 'error'], rows, 4);
}

function comparison(name: LawName, points: readonly Point[], { laws }: ScaleModel): string[] {
  const compared = compare(name, points, laws);
  const law = laws[name];
  const rows = compared.map(({ point, measured, predicted }) => [
    [...(point.experiment === 'paced' ? ['paced'] : []), settings(point)].join(', '),
    amount(measured),
    amount(predicted),
    percent(predicted / measured - 1),
  ]);
  return [
    `### ${name}`,
    '',
    `In ${law.gives}: ${formula(law)}. The law is ${errorWords(law)}.`,
    '',
    ...markdownTable(['point', 'measured', 'predicted', 'error'], rows),
    '',
  ];
}

const EXPERIMENTS: readonly {
  readonly experiment: Experiment;
  readonly title: string;
  readonly where?: (point: Point) => boolean;
}[] = [
  { experiment: 'flow', title: 'Messages', where: ({ at }) => at['replicas'] === 1 },
  { experiment: 'paced', title: 'Messages at a fixed rate' },
  { experiment: 'flow', title: 'Three copies', where: ({ at }) => at['replicas'] === 3 },
  { experiment: 'acks', title: 'Acks' },
  { experiment: 'filters', title: 'Filters of a consumer' },
  { experiment: 'consumers', title: 'Consumers of a stream' },
  { experiment: 'subjects', title: 'Subjects of a stream' },
  { experiment: 'ids', title: 'Ids in the dedupe window' },
  { experiment: 'connections', title: 'Connections' },
];

/** Everything that was found, a point a line. */
function measured(points: readonly Point[]): string[] {
  const columns = (pick: (point: Point) => Readonly<Record<string, number>>) => [
    ...new Set(points.flatMap((point) => Object.keys(pick(point)))),
  ];
  const ats = columns(({ at }) => at).filter((name) => name !== 'replicas');
  const founds = columns(({ found }) => found).filter((name) => !HIDDEN.has(name));
  const rows = points.map(({ at, found, use }) => [
    ...ats.map((name) => amount(at[name] ?? 0)),
    ...founds.map((name) => cell(name, found[name])),
    use === 'check' ? 'checked' : '',
  ]);
  return markdownTable([...ats.map(heading), ...founds.map(heading), ''], rows);
}

/** In the recording, and of no use to a reader. */
const HIDDEN: ReadonlySet<string> = new Set(['messages', 'deliveries']);

function cell(name: string, value: number | undefined): string {
  if (value === undefined) return '';
  return MEMORY.test(name) ? `${amount(value / 1024 ** 2)}` : amount(value);
}

const MEMORY = /(Resident|heap|resident)Bytes$/;

/** `publisherCpuUs` → `publisher CPU µs`. */
function heading(name: string): string {
  const [, unit = ''] = /(CpuUs|Us|PerSecond|perSecond|Bytes)$/.exec(name) ?? [];
  const words = name.slice(0, name.length - unit.length);
  const told = MEMORY.test(name) ? 'MiB' : (UNITS[unit] ?? '');
  return `${words.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${told}`.trim();
}

const UNITS: Readonly<Record<string, string>> = {
  CpuUs: 'CPU µs',
  Us: 'µs',
  PerSecond: '/s',
  perSecond: '/s',
  Bytes: 'B',
};

function settings({ at }: Point): string {
  const { sizeBytes = 0, burst = 0, services = 0, hop, wantedPerSecond } = at;
  return [
    `${amount(sizeBytes)} B`,
    `${burst} at a time`,
    `${services} ${services === 1 ? 'service' : 'services'}`,
    ...(hop === 1 ? ['clients at another server'] : []),
    ...(wantedPerSecond === undefined ? [] : [`${amount(wantedPerSecond)}/s`]),
  ].join(', ');
}

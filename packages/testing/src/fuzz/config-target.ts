/** Options from code without types: each declaration either works or says everything that is wrong in one CONFIG_INVALID. */
import { inspect } from 'node:util';
import {
  app,
  command,
  connect,
  event,
  isJetlaneError,
  memory,
  on,
  onBatch,
  stream,
  type Worker,
  worker,
} from '@jetlane/core';
import { plainSchema } from '../plain-schema.ts';
import type { Dice } from '../simulation/dice.ts';
import { type FuzzTarget, refusing } from './fuzz.ts';
import { garbage, TEXTS } from './garbage.ts';

interface Declaration {
  readonly what: string;
  readonly declare: () => unknown;
  readonly given: unknown;
}

/** Declarations with options of any kind, most of them nearly right. */
export const configTarget: FuzzTarget<Declaration> = {
  name: 'config',
  make: (dice) => dice.pick(DECLARATIONS)(dice),
  run: ({ declare }) => {
    const made = refusing(['CONFIG_INVALID'], declare);
    return made instanceof Promise ? ending(made) : undefined;
  },
  show: ({ what, given }) => `${what} ${shown(given)}`,
};

/** A promise may say that something is wrong as well. */
async function ending(made: Promise<unknown>): Promise<void> {
  await made.catch((error: unknown) => {
    if (!isJetlaneError(error, 'CONFIG_INVALID')) throw error;
  });
}

const schema = plainSchema<{ id: string }>(() => true);
const Known = event('Known', { subject: 'known.{id}', schema });
const Kept = stream('KEPT', { subjects: ['known.>'], messages: [Known] });
const Works = worker('works', { from: Kept }, [on(Known, () => {})]);

const DECLARATIONS: readonly ((dice: Dice) => Declaration)[] = [
  (dice) => {
    const given = [name(dice, 'OrderPlaced'), options(dice, CONTRACT)];
    const define = dice.chance(0.5) ? event : command;
    return { what: 'event', given, declare: () => define(given[0] as never, given[1] as never) };
  },
  (dice) => {
    const given = [name(dice, 'ORDERS'), options(dice, STREAM)];
    return { what: 'stream', given, declare: () => stream(given[0] as never, given[1] as never) };
  },
  (dice) => {
    const handlers = dice.chance(0.8) ? [on(Known, () => {})] : garbage(dice);
    const given = [name(dice, 'billing'), options(dice, WORKER), handlers];
    return {
      what: 'worker',
      given,
      declare: () => worker(given[0] as never, given[1] as never, given[2] as never),
    };
  },
  (dice) => {
    const given = [name(dice, 'shop'), options(dice, APP)];
    return { what: 'app', given, declare: () => app(given[0] as never, given[1] as never) };
  },
  (dice) => {
    const given = options(dice, MEMORY);
    return { what: 'memory', given, declare: () => memory(given as never).close() };
  },
  (dice) => {
    // One option that is none, so that it never dials.
    const found = options(dice, CONNECT);
    const given = isPlain(found) ? { ...found, dials: false } : found;
    if (given === undefined) return { what: 'nothing', given, declare: () => undefined };
    return { what: 'connect', given, declare: () => connect(given as never) };
  },
  (dice) => {
    const given = [dice.chance(0.8) ? Known : garbage(dice), options(dice, BATCH)];
    return {
      what: 'onBatch',
      given,
      declare: () => onBatch(given[0] as never, given[1] as never, (() => {}) as never),
    };
  },
];

type Pool = Readonly<Record<string, readonly unknown[]>>;

const DURATIONS = ['30s', '200ms', '0s', '1.5h', '1e3s', 30, '', '99999999999d'];
const SIZES = ['64KiB', '1MiB', '0B', 'x', 5];
const COUNTS = [1, 64, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '7', 2 ** 60];

const CONTRACT: Pool = {
  subject: ['orders.placed.{id}', 'a', '{id}', 'a.{x}.{x}', ...TEXTS],
  schema: [schema, {}, { '~standard': null }],
};
const STREAM: Pool = {
  subjects: [['orders.>'], ['known.>', 'known.*'], [], 'orders.>', [''], ['>'], [null]],
  messages: [[Known], [], [null], [Known, Known], Known],
  retention: ['limits', 'interest', 'workqueue', 'none'],
  storage: ['file', 'memory', 'disk'],
  replicas: COUNTS,
  maxAge: DURATIONS,
  maxBytes: SIZES,
  maxMsgSize: SIZES,
  maxMsgs: COUNTS,
  maxMsgsPerSubject: COUNTS,
  dedupeWindow: DURATIONS,
  discard: ['old', 'new', 'both'],
  durability: ['written', 'async', 'never'],
  mirror: [{ name: 'OTHER' }, {}, 'OTHER'],
  sources: [[{ name: 'OTHER' }], [], [null], {}],
  republish: [{ from: 'a.>', to: 'b.>' }, {}, 'x'],
  subjectTransform: [{ from: 'a', to: 'b' }, null],
  placement: [{ cluster: 'c', tags: ['x'] }, { tags: 1 }],
  partitions: [{ by: 'id', count: 4 }, { by: 'no', count: 0 }, 4],
  description: TEXTS,
  managed: [true, false, 1],
  jetstream: [{ max_age: 1 }, null, []],
};
const WORKER: Pool = {
  from: [Kept, Kept, Kept, Known, {}, 'KEPT'],
  filter: [
    'known.>',
    ['known.>'],
    { id: 'a' },
    { id: ['a', 'b'] },
    { nope: 'a' },
    [],
    '',
    { id: [] },
  ],
  startAt: ['first', 'new', new Date(), new Date(Number.NaN), 5],
  ackPolicy: ['explicit', 'none', 'all', 5],
  concurrency: [...COUNTS, 'auto', { min: 1, max: 8 }, { min: 9, max: 1 }],
  maxAckPending: COUNTS,
  ackWait: DURATIONS,
  timeout: DURATIONS,
  orderBy: ['id', 'nope', () => 'k', 7],
  onFailure: ['hold', 'skip', 'stop'],
  validate: ['always', 'foreign', 'never'],
  retry: [
    { attempts: 3 },
    { attempts: Number.POSITIVE_INFINITY },
    { minDelay: '10s', maxDelay: '1s' },
    { rules: [{ match: TypeError, giveUp: true }, { match: 5 }, null] },
    { within: '1h', when: 5, delay: '1s' },
    [],
    'often',
  ],
  deadLetter: ['DLQ', false, true, 'dlq', ''],
  limits: [{ maxDepth: 5 }, { maxBytes: 0 }, { depth: 1 }, 5],
  jetstream: [{ max_deliver: 5 }, null, 7],
  partitioned: [true, false, 'yes'],
  inbox: [{}, null, () => {}],
  rate: [{ limit: 5, per: '1s' }, [{ limit: 0 }], 5],
  rateLimit: [{ limit: 5, per: '1s' }, [{ limit: 0 }], 5],
  breaker: [{ after: 5 }, true, { open: '0s' }],
  schedule: ['* * * * *', 'never', 5],
};
const APP: Pool = {
  streams: [[Kept], [], [null], [Kept, Kept], Kept],
  run: [[Works], [], [null], [Works, Works], [Kept], [{ kind: 'worker' } as Worker]],
};
const MEMORY: Pool = { clock: ['real', 'manual', 'fast', 0] };
const CONNECT: Pool = {
  servers: ['nats://127.0.0.1:1', ['nats://127.0.0.1:1'], [], [''], 5, [null]],
  auth: [{ token: 't' }, { user: 'u' }, {}, null, 'token', 5],
  tls: [true, {}, { ca: 5 }, null],
  domain: ['hub', '', 5],
  name: ['n', '', 5],
  nats: [{}, null, 5, { servers: [] }],
  source: ['s', '', 5],
  codec: [{}, null, 5, { encode: 1 }],
  topology: ['apply', 'verify', 'never'],
  maxInFlight: COUNTS,
  maxInFlightBytes: SIZES,
  publishTimeout: DURATIONS,
};
const BATCH: Pool = { size: COUNTS, within: DURATIONS };

function name(dice: Dice, valid: string): unknown {
  if (dice.chance(0.7)) return valid;
  return dice.chance(0.5) ? dice.pick(TEXTS) : garbage(dice);
}

/** Some of the options, most with a value that is nearly right. */
function options(dice: Dice, pool: Pool): unknown {
  if (dice.chance(0.05)) return garbage(dice);
  const given: Record<string, unknown> = {};
  const names = Object.keys(pool);
  const many = dice.chance(0.5) ? names.length : 3;
  for (const [index, option] of names.entries()) {
    if (many !== names.length && index > 1 && !dice.chance(0.2)) continue;
    // The first of each pool is right: mostly few others are wrong.
    const first = dice.chance(0.6);
    if (!first && dice.chance(0.2)) given[option] = garbage(dice);
    else if (first || dice.chance(0.7))
      given[option] = first ? pool[option]?.[0] : dice.pick(pool[option] ?? []);
  }
  if (dice.chance(0.1)) given[dice.pick(['retrys', '__proto__', 'toString', ''])] = 1;
  return given;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  try {
    return inspect(value, { depth: 6 });
  } catch (error) {
    return `something that cannot be shown: ${String(error)}`;
  }
}

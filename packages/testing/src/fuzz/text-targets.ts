/** Texts from the wire and from code: header blocks, subjects and their templates, dead letter records and filters. */
import { isDeepStrictEqual } from 'node:util';
import {
  compileSubject,
  headerBlock,
  matchesFilter,
  patternProblems,
  patternsOverlap,
  scanHeaders,
  subjectMatches,
  toDeadLetter,
  toFilters,
} from '@jetlane/core/internals';
import type { Dice } from '../simulation/dice.ts';
import { assert, type FuzzTarget, refusing } from './fuzz.ts';
import { garbage, TEXTS } from './garbage.ts';
import { joined, mutateBytes, mutateText, randomBytes } from './mutate.ts';

interface Received {
  readonly block: Uint8Array;
  /** What came before it in the same piece of memory. */
  readonly before: Uint8Array;
  /** What has to be read; absent where it may be anything. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Header blocks of strangers, behind whatever else the connection received. */
export const headersTarget: FuzzTarget<Received> = {
  name: 'headers',
  make: (dice) => {
    const headers: Record<string, string> = {};
    for (let count = dice.between(0, 5); count > 0; count--)
      headers[`${dice.pick(['ce-id', 'x', 'X-Y', 'a b', 'jl-error'])}${count}`] =
        dice.pick(HEADER_VALUES);
    const block = headerBlock(headers).encode();
    const before = dice.chance(0.5) ? block : randomBytes(dice, 40);
    if (dice.chance(0.2)) return { block, before, headers };
    return { block: mutateBytes(block, dice), before };
  },
  run: ({ block, before, headers }) => {
    const line = Buffer.from(`\r\nHMSG a 1 ${block.length} ${block.length + 7}\r\n`);
    const received = joined(before, line, block, Buffer.from('payload'));
    const data = received.subarray(received.length - 7);
    const scanned = scanHeaders({ data } as Parameters<typeof scanHeaders>[0]);
    assert(scanned.size <= received.length, 'more headers than bytes');
    for (const [name, value] of scanned)
      assert(!/[\r\n]/.test(name) || !/\r\n/.test(value), 'a header holds a line end');
    if (headers !== undefined)
      assert(
        isDeepStrictEqual(Object.fromEntries(scanned), headers),
        'headers changed on their way',
      );
  },
  show: ({ before, block }) => joined(before, block),
};

const HEADER_VALUES = ['v', 'a:b', 'NATS/1.0', 'ä', '%20', 'x'.repeat(200), '0'];

interface Subjects {
  readonly template: string;
  readonly data: unknown;
  readonly subject: string;
  readonly values: Readonly<Record<string, string | readonly string[]>>;
}

/** Templates filled, read and turned into filters; patterns compared. */
export const subjectsTarget: FuzzTarget<Subjects> = {
  name: 'subjects',
  make: (dice) => ({
    template: mutateText(dice.pick(TEMPLATES), dice, SUBJECT_WORDS),
    data: dice.chance(0.7) ? fieldsOf(dice) : garbage(dice),
    subject: mutateText(dice.pick(['orders.placed.o-1', 'a.b.c', '>']), dice, SUBJECT_WORDS),
    values: dice.chance(0.5)
      ? { orderId: dice.pick<string | readonly string[]>(['a', ['a', 'b'], [], '*']) }
      : {},
  }),
  run: ({ template, data, subject, values }) => {
    patternProblems(template);
    patternsOverlap(template, subject);
    subjectMatches(template, subject);
    const compiled = refusing(['CONFIG_INVALID'], () => compileSubject(template));
    if (compiled === undefined) return;
    compiled.read(subject);
    refusing(['CONFIG_INVALID', 'SUBJECT_INVALID'], () => toFilters(template, values));
    const filled = refusing(['SUBJECT_INVALID'], () => compiled.fill(data));
    if (filled === undefined) return;
    assert(patternProblems(filled).length === 0, `${filled} is no subject`);
    assert(subjectMatches(compiled.pattern, filled), `${filled} is not of ${compiled.pattern}`);
    const params = compiled.read(filled) ?? {};
    for (const token of compiled.tokens)
      assert(
        Object.hasOwn(params, token) &&
          params[token] === String((data as Record<string, unknown>)[token]),
        `{${token}} changed on its way`,
      );
  },
  show: (input) => inspected(input),
};

const TEMPLATES = ['orders.placed.{orderId}', 'a.{b}.{c}', 'x', 'cmd.{a}.{b}.{c}.{d}'];
const SUBJECT_WORDS = [...TEXTS, '..', '{a}', '{a}{b}', '{', '}', '>', '*', '$SYS', '\t'];

function fieldsOf(dice: Dice): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of ['orderId', 'a', 'b', 'c', 'd'])
    fields[name] = dice.chance(0.7) ? dice.pick(['o-1', 'x', 7, 'ä', '🙂']) : garbage(dice, 3);
  return fields;
}

interface Letter {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly filter: Readonly<Record<string, unknown>>;
}

/** Records of the dead letter stream as anybody may have stored them, and filters for them. */
export const lettersTarget: FuzzTarget<Letter> = {
  name: 'letters',
  make: (dice) => {
    const headers: Record<string, string> = {};
    for (let count = dice.between(0, 6); count > 0; count--)
      headers[dice.pick(LETTER_HEADERS)] = mutateText(dice.pick(LETTER_VALUES), dice, TEXTS);
    const filter = {
      ...(dice.chance(0.3) && { stream: dice.pick(['ORDERS', '', 'x']) }),
      ...(dice.chance(0.3) && { worker: dice.pick(['billing', '__proto__']) }),
      ...(dice.chance(0.3) && { seq: dice.pick([1, 0, -1, Number.NaN]) }),
      ...(dice.chance(0.5) && { error: dice.pick(TEXTS) }),
    };
    return { subject: mutateText('_jl.dlq.ORDERS.billing', dice, TEXTS), headers, filter };
  },
  run: ({ subject, headers, filter }) => {
    const time = new Date(0);
    const letter = toDeadLetter({ seq: 1, subject, headers, payload: new Uint8Array(0), time });
    for (const date of [letter.time, letter.buriedAt])
      assert(!Number.isNaN(date.getTime()), 'a time that is none');
    for (const name of ['stream', 'worker', 'subject', 'reason', 'error', 'errorCode'] as const)
      assert(typeof letter[name] === 'string', `${name} is no text`);
    for (const name of ['streamSeq', 'attempts'] as const)
      assert(Number.isSafeInteger(letter[name]), `${name} is ${letter[name]}`);
    assert(
      letter.truncatedBytes === undefined || Number.isSafeInteger(letter.truncatedBytes),
      `truncatedBytes is ${letter.truncatedBytes}`,
    );
    assert(typeof matchesFilter(letter, filter) === 'boolean', 'a filter that does not decide');
  },
  show: (input) => inspected(input),
};

const LETTER_HEADERS = [
  'jl-reason',
  'jl-error',
  'jl-error-code',
  'jl-error-name',
  'jl-attempts',
  'jl-stream',
  'jl-seq',
  'jl-subject',
  'jl-durable',
  'jl-time',
  'jl-buried-at',
  'jl-msg-id',
  'jl-truncated',
  'ce-id',
];
const LETTER_VALUES = ['5', '2026-01-01T00:00:00Z', 'ORDERS', 'boom %E2%82%AC', '%', '-1', '1e400'];

function inspected(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' || typeof item === 'symbol' ? String(item) : item,
  );
}

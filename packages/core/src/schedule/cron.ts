/**
 * Cron expressions of five fields, read and counted as nats-server does (its own have a sixth in front, the second). Where
 * a clock change leaves out an hour, its ticks are left out; where it repeats one, they come twice.
 */

/** A cron expression: which minutes, hours, days, months and weekdays it names. */
export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Either day field is `*`: then both must match, else one is enough. */
  readonly anyDay: boolean;
}

/** Everything that is wrong with a cron expression, in words. */
export function cronProblems(text: unknown): string[] {
  if (typeof text !== 'string')
    return [`cron must be text such as '0 6 * * *', not ${typeof text}`];
  if (text.trim().startsWith('@'))
    return [`cron '${text}' must be five fields, such as '0 0 * * *' for once a day`];
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length)
    return [
      `cron '${text}' must have five fields (minute, hour, day of month, month, day of week), not ${text.trim() === '' ? 0 : fields.length}`,
    ];
  const problems = FIELDS.flatMap((field, index) => fieldProblems(fields[index] as string, field));
  if (problems.length > 0) return problems.map((problem) => `cron '${text}': ${problem}`);
  return nextTick(parse(fields), 'UTC', Date.now()) === undefined
    ? [`cron '${text}' never comes: no month that it names has such a day`]
    : [];
}

/** Reads a cron expression; undefined when it is none. */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().split(/\s+/);
  const wrong = FIELDS.some((field, i) => fieldProblems(fields[i] ?? '', field).length > 0);
  return fields.length !== FIELDS.length || wrong ? undefined : parse(fields);
}

/** The first tick after `afterMs`; undefined when none comes within five years. */
export function nextTick(cron: Cron, timeZone: string, afterMs: number): number | undefined {
  const endMs = afterMs + YEARS_MAX * 366 * DAY_MS;
  const read = wallClock(timeZone);
  for (let ms = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS; ms <= endMs; ) {
    const { month, day, weekday, hour, minute } = read(ms);
    if (!cron.months.has(month) || !dayMatches(cron, day, weekday))
      // Not further than midnight, however long this day is.
      ms += Math.max(1, LAST_HOUR - hour) * HOUR_MS - minute * MINUTE_MS;
    else if (!cron.hours.has(hour)) ms += HOUR_MS - minute * MINUTE_MS;
    else if (!cron.minutes.has(minute)) ms += MINUTE_MS;
    else return ms;
  }
  return undefined;
}

/** What is wrong with the name of a time zone; undefined when there is such a zone. */
export function timeZoneProblem(timeZone: unknown): string | undefined {
  const words = `timezone must be a name such as 'Europe/Berlin' or 'UTC', not ${JSON.stringify(timeZone)}`;
  // An offset such as +02:00 is a zone to Intl and none to the server.
  if (typeof timeZone !== 'string' || !/^[A-Z]/.test(timeZone)) return words;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
    return undefined;
  } catch {
    return words;
  }
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    words: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' '),
  },
  { name: 'day of week', min: 0, max: 6, words: 'sun mon tue wed thu fri sat'.split(' ') },
];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const LAST_HOUR = 23;
const YEARS_MAX = 5;

function dayMatches({ days, weekdays, anyDay }: Cron, day: number, weekday: number): boolean {
  return anyDay ? days.has(day) && weekdays.has(weekday) : days.has(day) || weekdays.has(weekday);
}

function parse(fields: readonly string[]): Cron {
  const [minutes, hours, days, months, weekdays] = FIELDS.map((field, index) =>
    valuesOf(fields[index] as string, field),
  ) as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>];
  const anyDay = [fields[2], fields[4]].some((field) =>
    (field as string).split(',').some((part) => /^[*?](?:\/1)?$/.test(part)),
  );
  return { minutes, hours, days, months, weekdays, anyDay };
}

function valuesOf(text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const { from, to, step } = rangeOf(part, field) as Range;
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

function fieldProblems(text: string, field: Field): string[] {
  return text.split(',').flatMap((part) => {
    const range = rangeOf(part, field);
    return typeof range === 'string' ? [`${field.name} '${part}' ${range}`] : [];
  });
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** `*`, `5`, `5-9`, `5/2`, `5-9/2`; or what is wrong with it. */
function rangeOf(part: string, field: Field): Range | string {
  const { min, max, words } = field;
  const found = /^([^/-]+)(?:-([^/-]+))?(?:\/(\d{1,3}))?$/.exec(part);
  if (found === null) return `is no number, range (1-5), list (1,3) or step (*/5)`;
  const [, first = '', last, every] = found;
  const step = every === undefined ? 1 : Number(every);
  if (step === 0) return 'has a step of 0';
  const any = first === '*' || first === '?';
  if (any && last !== undefined) return 'is a range from any to a value';
  const from = any ? min : toNumber(first, words, min);
  const open = any || (last === undefined && every !== undefined);
  const to = open ? max : last === undefined ? from : toNumber(last, words, min);
  if (from === undefined || to === undefined) {
    const names =
      words === undefined
        ? ''
        : ` or ${(words[0] as string).toUpperCase()} to ${(words.at(-1) as string).toUpperCase()}`;
    return `must be numbers from ${min} to ${max}${names}`;
  }
  if (from < min || to > max)
    return `must be within ${min} to ${max}${field.name === 'day of week' ? '; Sunday is 0' : ''}`;
  return from > to ? 'begins after its end' : { from, to, step };
}

function toNumber(text: string, words: readonly string[] | undefined, min: number) {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const index = words?.indexOf(text.toLowerCase()) ?? -1;
  return index === -1 ? undefined : index + min;
}

interface WallClock {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

/** Reads moments as the clocks of a time zone show them. */
function wallClock(timeZone: string): (ms: number) => WallClock {
  if (timeZone === 'UTC') return (ms) => fromUtc(new Date(ms));
  const known = formats.get(timeZone);
  const format = known ?? new Intl.DateTimeFormat('en-US', { ...NUMERIC, timeZone });
  formats.set(timeZone, format);
  return (ms) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
    return fromUtc(new Date(Date.UTC(year, month - 1, day, hour, minute)));
  };
}

const NUMERIC = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
} as const;
/** As many as there are time zones in use. */
const formats = new Map<string, Intl.DateTimeFormat>();

function fromUtc(date: Date): WallClock {
  return {
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}

import type { AnyDefinition } from './check.ts';
import { internalsOf, isDefinition } from './definition.ts';
import { patternCovers, patternProblems, patternsOverlap } from './pattern.ts';
import { show } from './show.ts';
import type { StreamMirror, StreamSettings, StreamSource } from './stream.ts';
import { unknownOptions } from './suggestion.ts';
import { durationProblem, sizeProblem, toMs } from './unit.ts';

/** Everything wrong with a stream declaration, in words; empty if it is valid. */
export function streamProblems(name: unknown, options: unknown): string[] {
  const problems: string[] = [];
  if (typeof name !== 'string' || !NAME.test(name)) {
    problems.push(
      `name must be UPPER_CASE: a letter, then letters, digits and "_", under 32 characters, not ${show(name)}`,
    );
  }
  if (typeof options !== 'object' || options === null) {
    return [...problems, 'it needs { subjects, messages }'];
  }
  const settings = options as Declared;
  problems.push(
    ...unknownOptions(settings, OPTIONS),
    ...subjectProblems(settings),
    ...messageProblems(settings),
    ...settingProblems(settings),
    ...durabilityProblems(settings),
    ...ageProblems(settings),
    ...originProblems(settings),
    ...partitionProblems(settings),
  );
  return problems;
}

/** A declaration before it is known to be one. */
interface Declared extends StreamSettings {
  readonly partitions?: unknown;
  readonly subjects?: unknown;
  readonly messages?: unknown;
}

const NAME = /^[A-Z][A-Z0-9_]{0,30}$/;

const CHOICES = {
  retention: ['limits', 'interest', 'workqueue'],
  discard: ['old', 'new', 'new-per-subject'],
  storage: ['file', 'memory'],
  durability: ['written', 'async'],
  compression: ['none', 's2'],
} as const;
const DURATIONS = ['maxAge', 'dedupeWindow'] as const;
const SIZES = ['maxBytes', 'maxMsgSize'] as const;
const COUNTS = ['maxMsgs', 'maxMsgsPerSubject', 'maxConsumers'] as const;
const SWITCHES = ['managed', 'denyDelete', 'denyPurge'] as const;
/** Each is a durable consumer of every partitioned worker. */
const PARTITIONS_MAX = 256;
const OBJECTS = [
  'placement',
  'republish',
  'subjectTransform',
  'partitions',
  'mirror',
  'metadata',
  'jetstream',
];

const OPTIONS: readonly string[] = [
  'subjects',
  'messages',
  ...Object.keys(CHOICES),
  ...DURATIONS,
  ...SIZES,
  ...COUNTS,
  ...SWITCHES,
  ...OBJECTS,
  'description',
  'replicas',
  'sources',
];

function subjectProblems(settings: Declared): string[] {
  const { subjects, mirror, sources } = settings;
  if (!Array.isArray(subjects)) return ['subjects must be a list such as ["orders.>"]'];
  if (subjects.length === 0 && mirror === undefined && sources === undefined) {
    return ['subjects must name at least one pattern; only a mirror or sources do without'];
  }
  const problems = subjects.flatMap((subject) => patternProblems(subject));
  if (problems.length > 0) return problems;
  const patterns = subjects as readonly string[];
  for (const pattern of patterns) {
    if (!/^[$_]/.test(pattern)) continue;
    problems.push(
      `subject "${pattern}" must not begin with "$" or "_": those belong to NATS and Jetlane`,
    );
  }
  patterns.forEach((pattern, i) => {
    const other = patterns.slice(i + 1).find((later) => patternsOverlap(pattern, later));
    if (other === undefined) return;
    problems.push(
      `subjects "${pattern}" and "${other}" overlap: ${patternCovers(pattern, other) ? `leave out "${other}"` : patternCovers(other, pattern) ? `leave out "${pattern}"` : 'a server refuses that'}`,
    );
  });
  return problems;
}

function messageProblems(settings: Declared): string[] {
  const { messages, subjects } = settings;
  if (!Array.isArray(messages)) return ['messages must be a list of events and commands'];
  const problems: string[] = [];
  const known = new Map<string, AnyDefinition>();
  for (const message of messages) {
    if (!isDefinition(message)) {
      problems.push(`messages has ${show(message)}, which is no event or command`);
      continue;
    }
    if (known.has(message.type)) problems.push(`messages has type "${message.type}" twice`);
    known.set(message.type, message);
    if (!Array.isArray(subjects) || subjects.length === 0) continue;
    const { pattern } = internalsOf(message).subject;
    if (subjects.some((one) => typeof one === 'string' && patternCovers(one, pattern))) continue;
    problems.push(
      `no subject of this stream covers "${message.subject}" of ${message.type}: subjects are ${subjects.map((one) => (typeof one === 'string' ? one : show(one))).join(', ')}`,
    );
  }
  return problems;
}

function settingProblems(settings: Declared): string[] {
  const problems: (string | undefined)[] = [];
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = settings[name as keyof typeof CHOICES];
    if (value === undefined || (choices as readonly string[]).includes(value)) continue;
    problems.push(`${name} must be ${choices.map(show).join(' or ')}, not ${show(value)}`);
  }
  for (const name of DURATIONS) {
    if (settings[name] !== undefined) problems.push(durationProblem(settings[name], name));
  }
  for (const name of SIZES) {
    if (settings[name] !== undefined) problems.push(sizeProblem(settings[name], name));
  }
  for (const name of COUNTS) problems.push(countProblem(settings[name], name));
  for (const name of SWITCHES) {
    const value: unknown = settings[name];
    if (value === undefined || typeof value === 'boolean') continue;
    problems.push(`${name} must be true or false, not ${show(value)}`);
  }
  for (const name of OBJECTS) {
    const value = (settings as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || isRecord(value)) continue;
    problems.push(`${name} must be an object, not ${show(value)}`);
  }
  if (settings.description !== undefined && typeof settings.description !== 'string') {
    problems.push(`description must be text, not ${show(settings.description)}`);
  }
  if (isRecord(settings.metadata)) {
    for (const [key, value] of Object.entries(settings.metadata)) {
      if (typeof value !== 'string')
        problems.push(`metadata.${key} must be text, not ${show(value)}`);
    }
  }
  return problems.filter((problem) => problem !== undefined);
}

function durabilityProblems(settings: Declared): string[] {
  const { replicas, durability, storage, discard, maxMsgsPerSubject } = settings;
  const problems: string[] = [];
  if (replicas !== undefined && !(Number.isInteger(replicas) && replicas >= 1 && replicas <= 5)) {
    problems.push(`replicas must be a whole number from 1 to 5, not ${show(replicas)}`);
  }
  if (durability === 'async' && replicas !== undefined && replicas !== 1) {
    problems.push(`durability 'async' needs replicas 1, not ${show(replicas)}`);
  }
  if (durability === 'async' && storage === 'memory') {
    problems.push("durability 'async' needs storage 'file', not 'memory'");
  }
  if (discard === 'new-per-subject' && maxMsgsPerSubject === undefined) {
    problems.push("discard 'new-per-subject' needs maxMsgsPerSubject");
  }
  return problems;
}

/** A server refuses ages below 100 ms, and to remember ids for longer than messages. */
function ageProblems(settings: Declared): string[] {
  const { maxAge, dedupeWindow } = settings;
  const problems: string[] = [];
  for (const name of DURATIONS) {
    const value = settings[name];
    if (value === undefined || durationProblem(value, name) || toMs(value) >= 100) continue;
    problems.push(`${name} must be at least '100ms', not ${show(value)}`);
  }
  if (maxAge === undefined || dedupeWindow === undefined) return problems;
  if (durationProblem(maxAge, '') || durationProblem(dedupeWindow, '')) return problems;
  if (toMs(dedupeWindow) > toMs(maxAge)) {
    problems.push(
      `dedupeWindow must not exceed maxAge (${show(maxAge)}), but is ${show(dedupeWindow)}`,
    );
  }
  return problems;
}

/** What the partitions of a stream must be, so that each message has one and none is lost on its way there. */
function partitionProblems(settings: Declared): string[] {
  const { partitions, messages, retention = 'limits', mirror, subjectTransform } = settings;
  if (!isRecord(partitions)) return [];
  const { by, count } = partitions as { by?: unknown; count?: unknown };
  const problems = unknownOptions(partitions, ['by', 'count'], 'partitions.');
  if (!(Number.isInteger(count) && Number(count) >= 1 && Number(count) <= PARTITIONS_MAX)) {
    problems.push(
      `partitions.count must be a whole number from 1 to ${PARTITIONS_MAX}, not ${show(count)}`,
    );
  }
  const definitions = Array.isArray(messages) ? messages.filter((one) => isDefinition(one)) : [];
  const lacking = definitions.filter(
    (message) => !internalsOf(message).subject.tokens.includes(by as string),
  );
  if (typeof by !== 'string' || by === '') {
    problems.push(`partitions.by must name a subject token, not ${show(by)}`);
  } else if (lacking.length > 0) {
    problems.push(
      `partitions.by names {${by}}, which the subject of ${lacking.map(({ type }) => type).join(', ')} does not have`,
    );
  }
  if (retention !== 'limits') {
    problems.push(
      `partitions need retention 'limits', not ${show(retention)}: a partitioned worker reads a copy of the stream`,
    );
  }
  if (mirror !== undefined) problems.push('a mirror has no partitions: declare them on its origin');
  if (subjectTransform !== undefined) {
    problems.push('a stream has partitions or a subjectTransform, not both');
  }
  return problems;
}

/** Mirrors, sources, republishing and transforms: where messages come from and go to. */
function originProblems(settings: Declared): string[] {
  const { mirror, sources, republish, subjectTransform, placement, subjects } = settings;
  const problems: (string | undefined)[] = [];
  if (isRecord(mirror)) {
    problems.push(...sourceProblems(mirror, 'mirror', MIRROR_OPTIONS));
    if (sources !== undefined) problems.push('a stream has a mirror or sources, not both');
    if (Array.isArray(subjects) && subjects.length > 0) {
      problems.push('a mirror takes its subjects from the other stream: subjects must be []');
    }
    if (subjectTransform !== undefined) problems.push('a mirror takes no subjectTransform');
  }
  if (sources !== undefined && !Array.isArray(sources)) problems.push('sources must be a list');
  if (Array.isArray(sources)) {
    if (sources.length === 0) problems.push('sources must name at least one stream');
    (sources as readonly StreamSource[]).forEach((source, i) => {
      problems.push(...sourceProblems(source, `sources[${i}]`, SOURCE_OPTIONS));
    });
  }
  if (isRecord(republish)) {
    problems.push(...unknownOptions(republish, ['from', 'to', 'headersOnly'], 'republish.'));
    if (republish.from !== undefined) problems.push(...subjectIn(republish.from, 'republish.from'));
    problems.push(...subjectIn(republish.to, 'republish.to'));
    problems.push(cycleProblem(republish.to, subjects));
  }
  if (isRecord(subjectTransform)) {
    problems.push(...transformProblems(subjectTransform, 'subjectTransform'));
  }
  if (isRecord(placement)) {
    problems.push(...unknownOptions(placement, ['cluster', 'tags'], 'placement.'));
    const { tags } = placement;
    if (
      tags !== undefined &&
      !(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string'))
    ) {
      problems.push('placement.tags must be a list of texts');
    }
  }
  return problems.filter((problem) => problem !== undefined);
}

const MIRROR_OPTIONS = ['name', 'startSeq', 'filter', 'domain'];
const SOURCE_OPTIONS = [...MIRROR_OPTIONS, 'subjectTransforms'];

function sourceProblems(
  source: StreamMirror | StreamSource,
  where: string,
  known: readonly string[],
): string[] {
  if (!isRecord(source)) return [`${where} must be { name, ... }, not ${show(source)}`];
  const problems: (string | undefined)[] = unknownOptions(source, known, `${where}.`);
  if (typeof source.name !== 'string' || !/^[^.*>\s/\\]+$/.test(source.name)) {
    problems.push(`${where}.name must be the name of a stream, not ${show(source.name)}`);
  }
  problems.push(countProblem(source.startSeq, `${where}.startSeq`));
  if (source.filter !== undefined) problems.push(...subjectIn(source.filter, `${where}.filter`));
  const transforms = (source as StreamSource).subjectTransforms;
  if (transforms !== undefined) {
    if (source.filter !== undefined) {
      problems.push(`${where} has a filter or subjectTransforms, not both`);
    }
    if (!Array.isArray(transforms)) problems.push(`${where}.subjectTransforms must be a list`);
    else {
      transforms.forEach((transform, i) => {
        problems.push(...transformProblems(transform, `${where}.subjectTransforms[${i}]`));
      });
    }
  }
  return problems.filter((problem) => problem !== undefined);
}

/** The target of a transform may hold functions such as `{{wildcard(1)}}`, so only the server knows. */
function transformProblems(transform: unknown, where: string): string[] {
  if (!isRecord(transform)) return [`${where} must be { from, to }`];
  const problems = unknownOptions(transform, ['from', 'to'], `${where}.`);
  problems.push(...subjectIn(transform.from, `${where}.from`));
  if (typeof transform.to !== 'string' || transform.to === '') {
    problems.push(`${where}.to must be a subject, not ${show(transform.to)}`);
  }
  return problems;
}

/** What a stream republishes must not come back into it. */
function cycleProblem(to: unknown, subjects: unknown): string | undefined {
  if (typeof to !== 'string' || !Array.isArray(subjects)) return undefined;
  const pattern = to.replace(/\{\{[^}]*\}\}/g, '*');
  const own = subjects.find((one) => typeof one === 'string' && patternsOverlap(pattern, one));
  if (own === undefined) return undefined;
  return `republish.to ${show(to)} would be stored again by "${own}": choose another namespace`;
}

function subjectIn(value: unknown, where: string): string[] {
  return patternProblems(value as string).map((problem) => `${where}: ${problem}`);
}

function countProblem(value: unknown, name: string): string | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1))
    return undefined;
  return `${name} must be a positive whole number, not ${show(value)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

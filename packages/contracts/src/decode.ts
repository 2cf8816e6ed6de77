/**
 * From bytes and headers to a typed message: find the definition, decode within limits, bring old
 * versions up to date, validate. On the hot path of every worker: synchronous unless a schema is
 * not, and headers, parameters and time are made only when read.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Catalog, CatalogEntry } from './catalog.ts';
import type { Codec, DecodeLimits } from './codec.ts';
import type { Step } from './definition.ts';
import { isJetlaneError, JetlaneError } from './error.ts';
import { decodeHeader } from './header.ts';
import { json } from './json.ts';
import type { Message } from './message.ts';
import { msgpack } from './msgpack.ts';
import { reasonOf } from './show.ts';
import { issuesError, validate } from './validate.ts';

/** A message as the transport received it. */
export interface RawMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Position in the stream. */
  readonly seq: number;
  /** 1 on first delivery. */
  readonly attempt: number;
  /** When the stream stored it, in milliseconds since 1970. */
  readonly timeMs: number;
  /** The value of one header, by its exact name. */
  header(name: string): string | undefined;
  /** All headers. */
  headers(): Record<string, string>;
}

/** How to read. */
export interface DecodeOptions {
  /**
   * Which messages to check against the schema again: all, or only those that no Jetlane publisher
   * of this version checked before.
   */
  readonly validate: 'always' | 'foreign';
  readonly limits: DecodeLimits;
  /** Beside msgpack and JSON, found by content type. Default: none. */
  readonly codecs?: readonly Codec[];
}

/** Bytes and the headers that say how to read them. */
export type RawPayload = Pick<RawMessage, 'header' | 'payload'>;

/** How to read a payload. */
export type PayloadOptions = Pick<DecodeOptions, 'limits' | 'codecs'>;

/**
 * Decodes a message into its latest version. Returns at once when its schemas validate at once,
 * else a promise. Whatever the bytes are, it throws, or rejects with, only a JetlaneError:
 * `TYPE_UNKNOWN`, `DECODE_FAILED` or `VALIDATION_FAILED`.
 *
 * Messages of foreign publishers are welcome: without `ce-type` the subject decides the type,
 * without `ce-dataschema` the version is 1, and without a content type the first byte tells JSON
 * from msgpack.
 */
export function decodeMessage(
  catalog: Catalog,
  raw: RawMessage,
  options: DecodeOptions,
): Message | Promise<Message> {
  const schemaName = raw.header('ce-dataschema');
  const latest = schemaName === undefined ? undefined : catalog.latest(schemaName);
  if (latest) {
    const value = decodePayload(raw, options);
    if (options.validate === 'foreign') return new Received(latest, raw, value);
    return climb(latest, raw, latest.definition.version - 1, value);
  }
  const entry = catalog.find(raw.header('ce-type'), raw.subject);
  const version = versionOf(schemaName, entry);
  return climb(entry, raw, version - 1, decodePayload(raw, options));
}

/** Validates at `index`, migrates to the next step, and so on to the latest. */
function climb(
  entry: CatalogEntry,
  raw: RawMessage,
  index: number,
  value: unknown,
): Message | Promise<Message> {
  const { steps } = entry.internals;
  const { type } = entry.definition;
  let current = value;
  for (let i = index; i < steps.length; i++) {
    const result = validate((steps[i] as Step).schema, current, type);
    if (result instanceof Promise) {
      return result.then((done) => {
        const next = advance(entry, i, done);
        return i + 1 < steps.length
          ? climb(entry, raw, i + 1, next)
          : new Received(entry, raw, next);
      });
    }
    current = advance(entry, i, result);
  }
  return new Received(entry, raw, current);
}

/** The validated value of one step, migrated to the next if there is one. */
function advance(
  entry: CatalogEntry,
  index: number,
  result: StandardSchemaV1.Result<unknown>,
): unknown {
  const { type, version } = entry.definition;
  if (result.issues) {
    throw issuesError(index + 1 === version ? type : `${type} version ${index + 1}`, result.issues);
  }
  const migrate = entry.internals.steps[index + 1]?.migrate;
  if (!migrate) return result.value;
  try {
    return migrate(result.value);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new JetlaneError(
      'VALIDATION_FAILED',
      `migrating ${type} from version ${index + 1} to ${index + 2} threw: ${reason}`,
      { cause },
    );
  }
}

function versionOf(schemaName: string | undefined, entry: CatalogEntry): number {
  if (schemaName === undefined) return 1;
  const { type, version } = entry.definition;
  const name = decodeHeader(schemaName);
  if (!name.startsWith('jetlane:')) return 1;
  const found = DATA_SCHEMA.exec(name);
  if (!found || found[1] !== type) {
    throw new JetlaneError(
      'TYPE_UNKNOWN',
      `ce-dataschema "${name.slice(0, 128)}" must be jetlane:${type}/<version>, as ce-type is ${type}: the publisher must send both alike`,
    );
  }
  if (Number(found[2]) <= version) return Number(found[2]);
  throw new JetlaneError(
    'TYPE_UNKNOWN',
    `${type} version ${found[2]} is newer than version ${version}, the latest defined here: deploy readers before publishers`,
  );
}

/** The value that bytes stand for, read by the codec that their content type names. Throws only `DECODE_FAILED`. */
export function decodePayload(raw: RawPayload, options: PayloadOptions): unknown {
  const codec = codecOf(raw, options);
  try {
    return codec.decode(raw.payload, options.limits);
  } catch (cause) {
    if (isJetlaneError(cause, 'DECODE_FAILED')) throw cause;
    const reason = reasonOf(cause);
    throw new JetlaneError(
      'DECODE_FAILED',
      `cannot read the payload as ${codec.contentType}: ${reason}`,
      { cause },
    );
  }
}

function codecOf(raw: RawPayload, options: PayloadOptions): Codec {
  const given =
    raw.header('ce-datacontenttype') ?? raw.header('content-type') ?? raw.header('Content-Type');
  if (given === msgpack.contentType) return msgpack;
  if (given === undefined) return looksLikeJson(raw.payload) ? json : msgpack;
  const contentType = (decodeHeader(given).split(';')[0] as string).trim().toLowerCase();
  const codec = options.codecs?.find((one) => one.contentType.toLowerCase() === contentType);
  if (codec) return codec;
  if (contentType === json.contentType) return json;
  if (MSGPACK_TYPES.has(contentType)) return msgpack;
  throw new JetlaneError(
    'DECODE_FAILED',
    `no codec reads content type "${contentType.slice(0, 128)}"; known: ${[msgpack, json, ...(options.codecs ?? [])].map((one) => one.contentType).join(', ')}; connect({ codec }) adds one`,
  );
}

/** `{ [ " - t f n`, a digit or white space. Of these only small integers are msgpack, on their own. */
function looksLikeJson(payload: Uint8Array): boolean {
  const first = payload[0];
  return first !== undefined && JSON_STARTS.has(first);
}

/** What handlers get. A class, so that all messages have one shape and rarely read parts are lazy. */
class Received implements Message {
  readonly type: string;
  readonly data: unknown;
  readonly subject: string;
  readonly seq: number;
  readonly attempt: number;
  readonly #raw: RawMessage;
  readonly #entry: CatalogEntry;
  #id: string | undefined;
  #params: Record<string, string> | undefined;
  #headers: Record<string, string> | undefined;

  constructor(entry: CatalogEntry, raw: RawMessage, data: unknown) {
    this.type = entry.definition.type;
    this.data = data;
    this.subject = raw.subject;
    this.seq = raw.seq;
    this.attempt = raw.attempt;
    this.#raw = raw;
    this.#entry = entry;
  }

  get id(): string {
    this.#id ??= idOf(this.#raw);
    return this.#id;
  }

  get params(): Record<string, string> {
    this.#params ??= paramsOf(this.#entry, this.subject, this.data);
    return this.#params;
  }

  get headers(): Record<string, string> {
    this.#headers ??= headersOf(this.#raw);
    return this.#headers;
  }

  get time(): Date {
    return new Date(this.#raw.timeMs);
  }

  toJSON(): Record<string, unknown> {
    const { id, type, data, params, subject, headers, seq, attempt, time } = this;
    return { id, type, data, params, subject, headers, seq, attempt, time };
  }
}

const DATA_SCHEMA = /^jetlane:([A-Za-z][A-Za-z0-9_.-]{0,63})\/([1-9]\d{0,8})$/;
const MSGPACK_TYPES: ReadonlySet<string> = new Set([
  'application/msgpack',
  'application/x-msgpack',
  'application/vnd.msgpack',
]);
const JSON_STARTS: ReadonlySet<number> = new Set(
  [...'{["-0123456789tfn \t\r\n'].map((character) => character.charCodeAt(0)),
);

function idOf(raw: RawMessage): string {
  const id = raw.header('ce-id');
  if (id !== undefined) return decodeHeader(id);
  return raw.header('Nats-Msg-Id') ?? `${raw.subject}:${raw.seq}`;
}

/** From the subject; where a stream transformed that, from the payload that once filled it. */
function paramsOf(entry: CatalogEntry, subject: string, data: unknown): Record<string, string> {
  const compiled = entry.internals.subject;
  const found = compiled.read(subject);
  if (found) return found;
  const fields = data as Readonly<Record<string, unknown>> | null | undefined;
  const params: Record<string, string> = {};
  for (const token of compiled.tokens) {
    const value = fields?.[token];
    params[token] = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }
  return params;
}

function headersOf(raw: RawMessage): Record<string, string> {
  const headers = raw.headers();
  for (const name of Object.keys(headers)) {
    if (name.startsWith('ce-')) headers[name] = decodeHeader(headers[name] as string);
  }
  return headers;
}

/**
 * From a message to bytes and headers: validate, fill the subject from what the schema put out,
 * encode. On the hot path of publishing: synchronous unless the schema is not, one headers object, and
 * the same headers as text from a template of the definition; ids that were made up are not checked again.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Codec, EncodedMessage } from './codec.ts';
import type { Internals, Step } from './definition.ts';
import { internalsOf } from './definition.ts';
import { configInvalid, isJetlaneError, JetlaneError } from './error.ts';
import { encodeHeader, headerProblems, idProblem, isSendable, toTtlSeconds } from './header.ts';
import type { Outgoing } from './outgoing.ts';
import { definitionOf, idGiven, isOutgoing, optionProblems } from './outgoing.ts';
import { addSchedule } from './schedule-headers.ts';
import { reasonOf, show } from './show.ts';
import { type Duration, durationProblem, toMs } from './unit.ts';
import { issuesError, validate } from './validate.ts';
import { fillHead, type HeadValues, headTemplate, WrittenMessage } from './wire-head.ts';

/** What the transport knows about a message being published. */
export interface EncodeContext {
  readonly codec: Codec;
  /** `ce-source`: who publishes. */
  readonly source: string;
  /** `ce-time`, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Replaces the message's id. */
  readonly id?: string | undefined;
  /** Default: the message's id. */
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  /** Left out when it could not be sent as it is; so is `tracestate`. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** Bytes of headers and payload together. Default: no limit. */
  readonly maxPayload?: number | undefined;
}

/**
 * Validates and encodes a message. Returns at once when its schema validates at once, else a
 * promise. Throws `CONFIG_INVALID` for options that are none; throws, or rejects with,
 * `VALIDATION_FAILED` (data, id, ttl, delay, at or headers; `cause` is the list of schema issues),
 * `SUBJECT_INVALID` or `MESSAGE_TOO_LARGE`.
 */
export function encodeMessage(
  message: Outgoing,
  context: EncodeContext,
): EncodedMessage | Promise<EncodedMessage> {
  if (!isOutgoing(message)) {
    throw new JetlaneError(
      'VALIDATION_FAILED',
      'only messages can be published: build one with an event or command, as in OrderPlaced({ ... })',
    );
  }
  const unknown = optionProblems(message);
  if (unknown.length > 0) throw configInvalid(`what ${message.type}(...) was given`, unknown);
  const internals = internalsOf(definitionOf(message));
  const { schema } = internals.steps[internals.steps.length - 1] as Step;
  const result = validate(schema, message.data, message.type);
  if (result instanceof Promise)
    return result.then((done) => finish(message, context, internals, done));
  return finish(message, context, internals, result);
}

function finish(
  message: Outgoing,
  context: EncodeContext,
  internals: Internals,
  result: StandardSchemaV1.Result<unknown>,
): EncodedMessage {
  if (result.issues) throw issuesError(message.type, result.issues);
  const subject = internals.subject.fill(result.value);
  const payload = encodePayload(context.codec, result.value, message.type);
  const id = context.id ?? message.id;
  const isGiven = context.id !== undefined || idGiven(message);
  if (isGiven) check(message.type, idProblem(id));
  const values = toValues(context, id, isGiven ? encodeHeader(id) : id);
  const headers = toHeaders(message, context, internals, values);
  const encoded = { id, subject, headers, payload };
  if (message.delay !== undefined || message.at !== undefined) {
    check(message.type, addSchedule(headers, message, { subject, nowMs: context.nowMs }));
    checkSize(message.type, payload.length + sizeOf(headers), context.maxPayload);
    return encoded;
  }
  const head = toHead(message, context, internals, { values, headers });
  checkSize(message.type, payload.length + (head?.length ?? sizeOf(headers)), context.maxPayload);
  return head === undefined ? encoded : new WrittenMessage(encoded, head);
}

function toValues({ correlationId, nowMs }: EncodeContext, id: string, ceId: string): HeadValues {
  return {
    id,
    ceId,
    time: toTime(nowMs),
    correlationId: correlationId === undefined ? ceId : encodeHeader(correlationId),
  };
}

function toHeaders(
  message: Outgoing,
  context: EncodeContext,
  internals: Internals,
  { id, ceId, time, correlationId }: HeadValues,
): Record<string, string> {
  const { causationId, traceparent, tracestate } = context;
  const headers: Record<string, string> = {
    'ce-specversion': '1.0',
    'ce-type': message.type,
    'ce-source': toSource(context.source),
    'ce-datacontenttype': context.codec.contentType,
    'ce-dataschema': internals.dataSchema,
    'ce-time': time,
    'Nats-Msg-Id': id,
    'ce-id': ceId,
    'ce-correlationid': correlationId,
  };
  if (causationId !== undefined) headers['ce-causationid'] = encodeHeader(causationId);
  if (traceparent !== undefined && isSendable(traceparent)) {
    headers.traceparent = traceparent;
    if (tracestate !== undefined && isSendable(tracestate)) headers.tracestate = tracestate;
  }
  if (message.ttl !== undefined) headers['Nats-TTL'] = toTtl(message);
  if (message.headers !== undefined) {
    for (const problem of headerProblems(message.headers)) check(message.type, problem);
    Object.assign(headers, message.headers);
  }
  return headers;
}

/** The headers as text; what is not in every message behind what is. */
function toHead(
  message: Outgoing,
  context: EncodeContext,
  internals: Internals,
  { values, headers }: { readonly values: HeadValues; readonly headers: Record<string, string> },
): string | undefined {
  const { contentType } = context.codec;
  const template = headTemplate(internals, message.type, toSource(context.source), contentType);
  const head = fillHead(template, values);
  const { causationId, traceparent } = context;
  const isAll =
    causationId === undefined &&
    traceparent === undefined &&
    message.ttl === undefined &&
    message.headers === undefined;
  if (isAll || head === undefined) return head && `${head}\r\n`;
  let more = '';
  for (const name in headers)
    if (!ALWAYS.has(name)) more += `${name}: ${headers[name] as string}\r\n`;
  return `${head}${more}\r\n`;
}

/** What `fillHead` writes. */
const ALWAYS: ReadonlySet<string> = new Set([
  'ce-specversion',
  'ce-type',
  'ce-source',
  'ce-datacontenttype',
  'ce-dataschema',
  'ce-time',
  'Nats-Msg-Id',
  'ce-id',
  'ce-correlationid',
]);

/** The bytes of a value; whatever the codec throws becomes `VALIDATION_FAILED`. */
export function encodePayload(codec: Codec, value: unknown, type: string): Uint8Array {
  try {
    const bytes: unknown = codec.encode(value);
    if (bytes instanceof Uint8Array) return bytes;
    throw new TypeError(`encode must return a Uint8Array, not ${show(bytes)}`);
  } catch (cause) {
    if (isJetlaneError(cause)) throw cause;
    const reason = reasonOf(cause);
    throw new JetlaneError(
      'VALIDATION_FAILED',
      `${type} cannot be written as ${codec.contentType}: ${reason}`,
      { cause },
    );
  }
}

function toTtl(message: Outgoing): string {
  const problem = durationProblem(message.ttl, 'ttl');
  check(message.type, problem);
  if (toMs(message.ttl as Duration) < 1000) {
    check(
      message.type,
      `ttl must be at least '1s', which is what a server can count, not ${show(message.ttl)}`,
    );
  }
  const seconds = toTtlSeconds(message.ttl as Duration);
  return `${seconds}s`;
}

function check(type: string, problem: string | undefined): void {
  if (problem !== undefined) throw new JetlaneError('VALIDATION_FAILED', `${type}: ${problem}`);
}

/** As on the wire: `NATS/1.0`, a line for each header, and an empty line. */
function sizeOf(headers: Readonly<Record<string, string>>): number {
  let bytes = 12;
  for (const name in headers) bytes += name.length + (headers[name] as string).length + 4;
  return bytes;
}

function checkSize(type: string, bytes: number, maxPayload: number | undefined): void {
  if (maxPayload === undefined || bytes <= maxPayload) return;
  throw new JetlaneError(
    'MESSAGE_TOO_LARGE',
    `${type} has ${bytes} bytes with its headers; at most ${maxPayload} fit: send less, or a reference to it`,
  );
}

// One source a process and many messages a millisecond: the last of each is kept.
let lastSource = '';
let lastSourceEncoded = '';
let lastTimeMs = Number.NaN;
let lastTime = '';

function toSource(source: string): string {
  if (source !== lastSource) {
    lastSourceEncoded = encodeHeader(source);
    lastSource = source;
  }
  return lastSourceEncoded;
}

function toTime(nowMs: number): string {
  if (nowMs !== lastTimeMs) {
    lastTime = new Date(nowMs).toISOString();
    lastTimeMs = nowMs;
  }
  return lastTime;
}

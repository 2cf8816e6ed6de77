/**
 * Bodies as text. Bytes are counted and measured before anything is built of them, so that a bomb costs no more than its own
 * length; what is too large, too deep or broken is shown as the bytes that it is, and why.
 */
import { type Codec, isJetlaneError, json, msgpack } from '@jetlane/core';
import { flattenJson, indentJson } from '../json.ts';
import type { BodyKind, BodyView } from '../wire.ts';
import { toHexLines } from './hex-lines.ts';
import { cutAt, harmless, toJson } from './json-text.ts';
import { contentTypeOf, type StoredMessage } from './stored-message.ts';

/** A message, as far as its body is concerned. */
export type WithBody = Pick<StoredMessage, 'headers' | 'payload'>;

/** What decoding may cost. */
export const DECODE_LIMITS = { maxDepth: 64, maxElements: 20_000, maxBytes: 1024 * 1024 };

/** A body in full, as far as that is bearable: 256 Ki characters of text, 4 KiB of hex. */
export function viewBody(message: WithBody): BodyView {
  const { payload } = message;
  const bytes = payload.length;
  const read = readBody(message, DECODE_LIMITS);
  switch (read.kind) {
    case 'empty':
      return { kind: 'empty', text: '', cut: null, problem: null };
    case 'hex':
      return {
        kind: 'hex',
        text: toHexLines(payload.subarray(0, HEX_BYTES_MAX)),
        cut: bytes > HEX_BYTES_MAX ? { bytes, shownBytes: HEX_BYTES_MAX } : null,
        problem: read.problem,
      };
    case 'text':
      return {
        kind: 'text',
        text: harmless(read.text),
        cut: bytes > TEXT_MAX ? { bytes, shownBytes: TEXT_MAX } : null,
        problem: read.problem,
      };
    default: {
      const whole = harmless(indentJson(read.json));
      const text = cutAt(whole, TEXT_MAX);
      const shownBytes = Math.floor((bytes * text.length) / whole.length);
      const cut = text.length < whole.length ? { bytes, shownBytes } : null;
      return { kind: read.kind, text, cut, problem: null };
    }
  }
}

/** The beginning of a body on one line. Large ones are not decoded. */
export function previewBody(message: WithBody): {
  readonly kind: BodyKind;
  readonly preview: string;
} {
  const { payload } = message;
  const read = readBody(message, PREVIEW_LIMITS);
  switch (read.kind) {
    case 'empty':
      return { kind: 'empty', preview: '' };
    case 'hex': {
      const hex = Buffer.from(payload.subarray(0, PREVIEW_MAX / 2)).toString('hex');
      return { kind: 'hex', preview: hex };
    }
    case 'text':
      return { kind: 'text', preview: line(read.text.slice(0, PREVIEW_MAX * 2)) };
    default:
      return { kind: read.kind, preview: line(flattenJson(read.json)) };
  }
}

const PREVIEW_LIMITS = { maxDepth: 16, maxElements: 2_000, maxBytes: 64 * 1024 };
const PREVIEW_MAX = 200;
const HEX_BYTES_MAX = 4 * 1024;
const TEXT_MAX = 256 * 1024;

type Read =
  | { readonly kind: 'empty' }
  | { readonly kind: 'json' | 'msgpack'; readonly json: string }
  | { readonly kind: 'text'; readonly text: string; readonly problem: string | null }
  | { readonly kind: 'hex'; readonly problem: string | null };

/** By its content type; without one the first byte tells JSON from other things. Never throws. */
function readBody(message: WithBody, limits: typeof DECODE_LIMITS): Read {
  const { payload } = message;
  if (payload.length === 0) return { kind: 'empty' };
  const contentType = contentTypeOf(message);
  const named = contentType === null ? undefined : codecOf(contentType);
  if (named !== undefined) {
    const read = decode(named, payload, limits);
    return typeof read === 'string' ? asText(payload, read) : read;
  }
  const text = asText(payload, null);
  // Text that calls itself something else, such as XML, is no JSON, whatever it begins with.
  if (text.kind === 'text' && contentType !== null) return text;
  const guess = JSON_START.test(String.fromCharCode(payload[0] as number)) ? json : msgpack;
  const read = decode(guess, payload, limits);
  return typeof read === 'string' ? text : read;
}

/** The body as JSON, or why there is none. What is JSON already stays as it was written, with every digit. */
function decode(
  codec: Codec,
  payload: Uint8Array,
  limits: typeof DECODE_LIMITS,
): Extract<Read, { json: string }> | string {
  try {
    const value = codec.decode(payload, limits);
    if (codec === json) return { kind: 'json', json: new TextDecoder().decode(payload) };
    return { kind: 'msgpack', json: toJson(value) };
  } catch (error) {
    return isJetlaneError(error) ? error.message : String(error);
  }
}

const MSGPACK = /^application\/(?:x-|vnd\.)?msgpack$/;
const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json$/;
/** `{ [ " - t f n`, a digit or white space. */
const JSON_START = /^[\s{["\-tfn\d]/;

function codecOf(contentType: string): Codec | undefined {
  if (JSON_TYPE.test(contentType)) return json;
  return MSGPACK.test(contentType) ? msgpack : undefined;
}

/** As text where it is UTF-8 without control characters; of a large one the beginning decides. */
function asText(payload: Uint8Array, problem: string | null): Extract<Read, { problem: unknown }> {
  const begin = payload.subarray(0, TEXT_MAX);
  try {
    // A character that is cut in two at the end is no error where more follows.
    const stream = begin.length < payload.length;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(begin, { stream });
    return CONTROL.test(text) ? { kind: 'hex', problem } : { kind: 'text', text, problem };
  } catch {
    return { kind: 'hex', problem };
  }
}

const CONTROL = /(?![\n\r\t])\p{Cc}/u;

function line(text: string): string {
  return cutAt(harmless(text.replace(/\s+/g, ' '), true), PREVIEW_MAX);
}

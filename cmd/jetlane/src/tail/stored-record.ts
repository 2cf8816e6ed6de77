/** A message as it lies in a stream, and its body as text. */
import { defaultLimits } from '@jetlane/contracts';
import { type Codec, json, msgpack } from '@jetlane/core';
import { flattenJson } from '@jetlane/studio/json';
import { toJsonText } from '../terminal/printable.ts';

/** A stored message. */
export interface StoredRecord {
  readonly stream: string;
  readonly seq: number;
  readonly time: Date;
  readonly subject: string;
  /** The last value of each header. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** A body, as far as it could be read. */
export type Body =
  /** As JSON on one line; what is JSON already, with every digit of its numbers. */
  | { readonly kind: 'json'; readonly json: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly base64: string }
  | { readonly kind: 'empty' };

/** Reads a body by its content type; without one the first byte tells JSON from msgpack. Never throws. */
export function readBody(record: Pick<StoredRecord, 'headers' | 'payload'>): Body {
  const { payload } = record;
  if (payload.length === 0) return { kind: 'empty' };
  const contentType = contentTypeOf(record.headers);
  for (const codec of candidates(contentType, payload)) {
    try {
      const value = codec.decode(payload, defaultLimits);
      const written = codec === json;
      return { kind: 'json', json: written ? asWritten(payload) : toJsonText(value) };
    } catch {
      // the next candidate, else text or bytes
    }
  }
  return asText(payload);
}

/** Type of the message: `ce-type`, where a Jetlane or CloudEvents publisher sent it. */
export function typeOf({ headers }: Pick<StoredRecord, 'headers'>): string | undefined {
  return headers['ce-type'];
}

/** Id of the message: `ce-id`, else `Nats-Msg-Id`. */
export function idOf({ headers }: Pick<StoredRecord, 'headers'>): string | undefined {
  return headers['ce-id'] ?? headers['Nats-Msg-Id'];
}

/** Lower case, without parameters; undefined when none was sent. */
export function contentTypeOf(headers: Readonly<Record<string, string>>): string | undefined {
  const given = headers['ce-datacontenttype'] ?? headers['content-type'] ?? headers['Content-Type'];
  return given?.split(';')[0]?.trim().toLowerCase();
}

const MSGPACK = /^application\/(?:x-|vnd\.)?msgpack$/;
const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json$/;
/** `{ [ " - t f n`, a digit or white space. */
const JSON_START = /^[\s{["\-tfn\d]/;

function candidates(contentType: string | undefined, payload: Uint8Array): readonly Codec[] {
  if (contentType !== undefined) {
    if (JSON_TYPE.test(contentType)) return [json];
    return MSGPACK.test(contentType) ? [msgpack] : [];
  }
  return JSON_START.test(String.fromCharCode(payload[0] as number)) ? [json] : [msgpack];
}

function asWritten(payload: Uint8Array): string {
  return flattenJson(new TextDecoder().decode(payload));
}

function asText(payload: Uint8Array): Body {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(payload) };
  } catch {
    return { kind: 'binary', base64: Buffer.from(payload).toString('base64') };
  }
}

import type { Msg } from '@nats-io/nats-core';
import { OwnMsg } from './own-msg.ts';

/**
 * The headers of a message whose header names the NATS client refuses, such as one with a space: the server stores them
 * as they come, so anybody may send them. Takes every line with a colon; the last value wins where a name repeats.
 */
export function scanHeaders(msg: Msg): Map<string, string> {
  return linesOf(headerBlock(msg) ?? searchedBlock(msg));
}

/** What {@link scanHeaders} reads, from a block. */
export function linesOf(block: string): Map<string, string> {
  const headers = new Map<string, string>();
  const [, ...lines] = block.split(LINE_END);
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

/**
 * The header block of a message, empty where it has none. The NATS client knows where it is, but not publicly: undefined where it
 * keeps that elsewhere. Reading one header from here costs a tenth of having the client parse them all.
 */
export function headerBlock(msg: Msg): string | undefined {
  if (msg instanceof OwnMsg) return msg.headerText();
  const { _rdata: received, _msg: parsed } = msg as Msg & Inside;
  const length = parsed?.hdr;
  if (!(received instanceof Uint8Array) || typeof length !== 'number') return undefined;
  if (length <= 0) return '';
  if (Buffer.isBuffer(received)) return received.toString('utf8', 0, length);
  return Buffer.from(received.buffer, received.byteOffset, length).toString('utf8');
}

/** The first value of a header in a block, by its exact name; undefined where there is none. */
export function headerIn(block: string, name: string): string | undefined {
  const at = block.indexOf(`${LINE_END}${name}:`);
  if (at < 0) return undefined;
  const from = at + LINE_END.length + name.length + 1;
  return block.slice(from, block.indexOf(LINE_END, from)).trim();
}

const BEGIN = 'NATS/1.0';
const END = '\r\n\r\n';
/** Ends each line of a header block. */
export const LINE_END = '\r\n';

/** What is needed of the inside of the NATS client. */
interface Inside {
  readonly _rdata?: unknown;
  readonly _msg?: { readonly hdr?: unknown };
}

/** The client hands out the payload as a view of the bytes that it received, right behind the header block. */
function searchedBlock({ data }: Msg): string {
  const received = Buffer.from(data.buffer, 0, data.byteOffset);
  const begin = beginOf(received);
  const block = received.toString('utf8', Math.max(0, begin));
  // More than one end means that the block found is that of an earlier message.
  return begin >= 0 && block.indexOf(END) === block.length - END.length ? block : '';
}

/** Where the last line is that begins a block: the words may also stand in a value. -1 where there is none. */
function beginOf(received: Buffer): number {
  for (let at = received.lastIndexOf(BEGIN); at >= 0; at = received.lastIndexOf(BEGIN, at - 1)) {
    if (at === 0 || received.toString('latin1', at - LINE_END.length, at) === LINE_END) return at;
  }
  return -1;
}

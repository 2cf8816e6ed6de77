import type { Msg } from '@nats-io/nats-core';

/**
 * The headers of a message whose header names the NATS client refuses, such as one with a space: the server stores them
 * as they come, so anybody may send them. Takes every line with a colon; the last value wins where a name repeats.
 */
export function scanHeaders(msg: Msg): Map<string, string> {
  const headers = new Map<string, string>();
  const [, ...lines] = blockOf(msg).split('\r\n');
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

const BEGIN = 'NATS/1.0';
const END = '\r\n\r\n';
const LINE_END = '\r\n';

/** The client hands out the payload as a view of the bytes that it received, right behind the header block. */
function blockOf({ data }: Msg): string {
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

/**
 * Reads what a nats-server sends to a client, as far as it takes to find PubAcks, and leaves out those that a rule names.
 * Everything else passes as it came. How it works: control lines and small messages are looked at whole, also when they
 * are cut over several chunks (at most `LINE_MAX + FRAME_MAX` bytes wait); the payload of larger messages is counted and
 * passes unseen. What is no NATS protocol (TLS, for example) passes from there on unread.
 */
import type { PassingAck } from './ack-drops.ts';

/** Whom a filter asks. */
interface AckFilterRules {
  /** Asked once for each PubAck; true leaves it out. */
  drops(ack: PassingAck): boolean;
  /** Something came that is no NATS protocol: no ack will be found from now on. */
  unreadable(): void;
}

/** See the head of this file. */
export class AckFilter {
  readonly #rules: AckFilterRules;
  /** The beginning of a frame whose rest has not come yet. */
  #rest: Buffer | undefined;
  /** Bytes of a large payload that are still to come. */
  #passing = 0;
  #readable = true;

  constructor(rules: AckFilterRules) {
    this.#rules = rules;
  }

  /** What is to be forwarded after these bytes have come: slices of what came, in order. */
  push(chunk: Buffer): Buffer[] {
    if (!this.#readable) return [chunk];
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    const passed: Buffer[] = [];
    let from = 0;
    let at = 0;
    while (at < data.length) {
      const frame = this.#next(data, at);
      if (frame === undefined) break;
      if (frame.ack !== undefined && this.#rules.drops(frame.ack)) {
        if (at > from) passed.push(data.subarray(from, at));
        from = frame.end;
      }
      at = frame.end;
    }
    if (at > from) passed.push(data.subarray(from, at));
    if (at < data.length) this.#rest = Buffer.from(data.subarray(at));
    return passed;
  }

  /** What was held back, for when no more will come. */
  flush(): Buffer | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest;
  }

  /** The frame that begins at `at`, or undefined when more bytes are needed to know it. */
  #next(data: Buffer, at: number): Frame | undefined {
    if (this.#passing > 0) {
      const taken = Math.min(this.#passing, data.length - at);
      this.#passing -= taken;
      return { end: at + taken };
    }
    const lineEnd = data.indexOf('\r\n', at);
    if (lineEnd === -1 ? data.length - at > LINE_MAX : lineEnd - at > LINE_MAX)
      return this.#giveUp(data);
    if (lineEnd === -1) return mayBecomeLine(data, at) ? undefined : this.#giveUp(data);
    const fields = data.toString('latin1', at, lineEnd).split(BLANKS);
    const verb = (fields[0] ?? '').toUpperCase();
    if (!VERBS.has(verb)) return this.#giveUp(data);
    const payload = lineEnd + 2;
    if (verb !== 'MSG' && verb !== 'HMSG') return { end: payload };
    const size = Number(fields.at(-1));
    const headers = verb === 'HMSG' ? Number(fields.at(-2)) : 0;
    if (!(size >= headers)) return this.#giveUp(data);
    if (size > FRAME_MAX) {
      this.#passing = size + 2;
      return { end: payload };
    }
    const end = payload + size + 2;
    if (end > data.length) return undefined;
    if (!fields[1]?.startsWith(INBOX)) return { end };
    const ack = toAck(data.toString('utf8', payload + headers, end - 2));
    return ack === undefined ? { end } : { end, ack };
  }

  #giveUp(data: Buffer): Frame {
    this.#readable = false;
    this.#rules.unreadable();
    return { end: data.length };
  }
}

interface Frame {
  /** Where the next one begins. */
  readonly end: number;
  readonly ack?: PassingAck;
}

/** `INFO` is the longest line that a server sends. */
const LINE_MAX = 64 * 1024;
/** No PubAck is larger. */
const FRAME_MAX = 4 * 1024;
const INBOX = '_INBOX.';
const BLANKS = /[ \t]+/;
const VERBS: ReadonlySet<string> = new Set(['MSG', 'HMSG', 'INFO', 'PING', 'PONG', '+OK', '-ERR']);

/** Whether this can be the beginning of a line of the protocol, so that it is worth waiting for the rest. */
function mayBecomeLine(data: Buffer, at: number): boolean {
  const begin =
    data
      .toString('latin1', at, at + 5)
      .split(BLANKS)[0]
      ?.trimEnd()
      .toUpperCase() ?? '';
  for (const verb of VERBS) if (verb.startsWith(begin)) return true;
  return false;
}

function toAck(body: string): PassingAck | undefined {
  if (!body.startsWith('{') || !body.includes('"seq"')) return undefined;
  try {
    const { stream, seq, duplicate, type, error } = JSON.parse(body) as Readonly<
      Record<string, unknown>
    >;
    if (typeof stream !== 'string' || typeof seq !== 'number') return undefined;
    if (type !== undefined || error !== undefined) return undefined;
    return { stream, seq, duplicate: duplicate === true };
  } catch {
    return undefined;
  }
}

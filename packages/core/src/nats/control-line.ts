/**
 * The lines of the NATS protocol that a server writes, read for where they end and what follows them. Before a message stands
 * `MSG <subject> <sid> [reply] <size>` or `HMSG <subject> <sid> [reply] <header size> <size>`
 * (https://docs.nats.io/reference/reference-protocols/nats-protocol). One of these is filled again and again, so that reading
 * a line makes nothing.
 */
export class ControlLine {
  /** Of the subscription; -1 where no message follows. */
  sid = -1;
  subjectAt = 0;
  subjectEnd = 0;
  replyAt = 0;
  /** Equal to `replyAt` where there is no reply subject. */
  replyEnd = 0;
  /** Whether both subjects are ASCII. */
  isAscii = true;
  /** Where header block and payload begin. */
  bodyAt = 0;
  /** Length of the header block; -1 where there is none. */
  headerBytes = -1;
  /** Length of header block and payload together. */
  bodyBytes = 0;
  /** Where the words of a line end, all but the last. */
  readonly #ends = [0, 0, 0, 0];

  /**
   * Reads the line at `at`. The result is where the next one begins, which may be beyond the bytes that are here; `INCOMPLETE`
   * when this line does not end here, `UNUSUAL` when it is not as servers write it.
   */
  read(bytes: Uint8Array, at: number): number {
    this.sid = -1;
    const first = bytes[at];
    if (first !== H && first !== M) {
      if (!OTHERS.has(first as number)) return UNUSUAL;
      const end = bytes.indexOf(LF, at);
      return end < 0 ? INCOMPLETE : end + 1;
    }
    const hasHeaders = first === H;
    const subjectAt = at + (hasHeaders ? 'HMSG '.length : 'MSG '.length);
    const { length } = bytes;
    let words = 0;
    let every = 0;
    let i = subjectAt;
    for (; i < length; i++) {
      const byte = bytes[i] as number;
      every |= byte;
      // A subject may have any other byte in it.
      if (byte > SPACE || !ENDS_WORD.has(byte)) continue;
      if (byte !== SPACE || words === WORDS_MAX) break;
      this.#ends[words++] = i;
    }
    if (i + 1 >= length) return INCOMPLETE;
    const isVerb =
      bytes[subjectAt - 1] === SPACE && bytes[subjectAt - 2] === G && bytes[subjectAt - 3] === S;
    if (!isVerb || bytes[i] !== CR || bytes[i + 1] !== LF) return UNUSUAL;
    this.isAscii = every < FIRST_BEYOND_ASCII;
    this.subjectAt = subjectAt;
    return this.#fill(bytes, hasHeaders, words, i);
  }

  /** The words of a line that ends at `end`: one more than there are `ends`. */
  #fill(bytes: Uint8Array, hasHeaders: boolean, ends: number, end: number): number {
    const withoutReply = hasHeaders ? 3 : 2;
    const hasReply = ends === withoutReply + 1;
    if (!hasReply && ends !== withoutReply) return UNUSUAL;
    const at = (word: number) => this.#ends[word] as number;
    const subjectEnd = at(0);
    const replyAt = at(1) + 1;
    const replyEnd = hasReply ? at(2) : replyAt;
    const sid = numberIn(bytes, subjectEnd + 1, at(1));
    const size = numberIn(bytes, at(ends - 1) + 1, end);
    const headerBytes = hasHeaders ? numberIn(bytes, at(ends - 2) + 1, at(ends - 1)) : 0;
    const hasEmpty = subjectEnd === this.subjectAt || (hasReply && replyEnd === replyAt);
    if (hasEmpty || sid < 0 || size < 0 || headerBytes < 0 || headerBytes > size) return UNUSUAL;
    this.subjectEnd = subjectEnd;
    this.replyAt = replyAt;
    this.replyEnd = replyEnd;
    this.bodyAt = end + 2;
    this.headerBytes = hasHeaders ? headerBytes : -1;
    this.bodyBytes = size;
    this.sid = sid;
    return this.bodyAt + size + 2;
  }
}

/** The line does not end among these bytes. */
export const INCOMPLETE = -1;
/** The line is not as a server writes it. */
export const UNUSUAL = -2;

/** The number that these bytes are the digits of; -1 where they are something else. */
function numberIn(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to || to - from > DIGITS_MAX) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** What other lines begin with: `PING`, `PONG`, `INFO`, `+OK`, `-ERR`. */
const OTHERS: ReadonlySet<number> = new Set(Buffer.from('PI+-'));
const ENDS_WORD: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n'));
const WORDS_MAX = 4;
const DIGITS_MAX = 15;
const FIRST_BEYOND_ASCII = 0x80;
const H = 72;
const M = 77;
const S = 83;
const G = 71;
const ZERO = 48;
const SPACE = 32;
const CR = 13;
const LF = 10;

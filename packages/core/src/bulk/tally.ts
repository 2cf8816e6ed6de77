import type { PublishAck } from '../bus.ts';
import type { BulkMode, BulkReport } from './bulk-report.ts';

/** Counts what a load confirms, and tells how it goes. */
export class Tally {
  mode: BulkMode = 'plain';
  read = 0;
  confirmed = 0;
  duplicates = 0;
  bytes = 0;
  republished = 0;
  stream: string | undefined;
  firstSeq: number | undefined;
  lastSeq: number | undefined;
  readonly #why: string[] = [];
  readonly #beganMs = performance.now();
  readonly #onProgress: ((report: BulkReport) => void) | undefined;
  /** While something was confirmed and not told yet. */
  #telling: NodeJS.Timeout | undefined;
  #pauseMs = 0;

  constructor(onProgress: ((report: BulkReport) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  /** Adds words to the reasons, once each, and no more than some. */
  note(words: string): void {
    if (this.#why.length < NOTES_MAX && !this.#why.includes(words)) this.#why.push(words);
  }

  /** One message was stored, or had been. */
  acked({ stream, seq, duplicate }: PublishAck, bytes: number): void {
    if (duplicate) this.duplicates++;
    this.at(stream, seq);
    this.add(1, bytes);
  }

  /** Messages were confirmed. */
  add(count: number, bytes: number): void {
    this.confirmed += count;
    this.bytes += bytes;
    if (this.#onProgress !== undefined) this.#telling ??= this.#tellSoon(this.#onProgress);
  }

  /** A message of this load has this position. Of another stream than the first one's it does not count. */
  at(stream: string, seq: number): void {
    this.stream ??= stream;
    if (stream !== this.stream) return;
    if (this.firstSeq === undefined || seq < this.firstSeq) this.firstSeq = seq;
    if (this.lastSeq === undefined || seq > this.lastSeq) this.lastSeq = seq;
  }

  /** As of now. */
  report(): BulkReport {
    const { mode, read, duplicates, bytes, republished, stream, firstSeq, lastSeq } = this;
    return {
      mode,
      why: this.#why.join('; '),
      read,
      stored: this.confirmed - duplicates,
      duplicates,
      bytes,
      republished,
      stream,
      firstSeq,
      lastSeq,
      elapsedMs: performance.now() - this.#beganMs,
    };
  }

  /** Tells the last word. */
  end(): BulkReport {
    clearTimeout(this.#telling);
    const report = this.report();
    if (this.#onProgress !== undefined) tell(this.#onProgress, report);
    return report;
  }

  /** The first time at once, then some ten times a second. */
  #tellSoon(onProgress: (report: BulkReport) => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#telling = undefined;
      tell(onProgress, this.report());
    }, this.#pauseMs);
    this.#pauseMs = TELL_MS;
    return timer;
  }
}

const NOTES_MAX = 10;
const TELL_MS = 100;

/** What a display of progress throws must not stop the load, and must be seen. */
function tell(onProgress: (report: BulkReport) => unknown, report: BulkReport): void {
  try {
    Promise.resolve(onProgress(report)).catch(warn);
  } catch (error) {
    warn(error);
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

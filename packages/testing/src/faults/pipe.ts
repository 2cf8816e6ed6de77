/**
 * One direction of one proxied connection. While nothing is wrong a chunk is written as it comes. Else it waits in a
 * queue, in order, until it is due; a queue that is full stops reading from its source, so that memory has a bound and
 * the sender feels it as it would feel a slow network.
 */
import type { Socket } from 'node:net';
import type { AckFilter } from './ack-filter.ts';

/** What goes wrong in one direction; shared by all connections, changed while they run. */
export interface Weather {
  delayMs: number;
  jitterMs: number;
  /** Undefined: as fast as it goes. */
  bytesPerSecond: number | undefined;
  /** Nothing is forwarded. */
  held: boolean;
}

/** What a pipe tells its proxy. */
export interface PipeReport {
  forwarded(bytes: number): void;
  delayed(chunks: number): void;
  held(bytes: number): void;
}

interface PipeOptions {
  readonly weather: Weather;
  readonly report: PipeReport;
  readonly random: () => number;
  readonly bufferMaxBytes: number;
  /** Leaves out what is to be dropped. */
  readonly filter?: AckFilter;
}

interface Waiting {
  readonly chunk: Buffer;
  readonly dueMs: number;
}

/** See the head of this file. */
export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #options: PipeOptions;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** When the last chunk in the queue is due: none may overtake it. */
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The target takes no more until it says so. */
  #blocked = false;
  /** What the source did, to be done to the target when all is forwarded. */
  #ending: 'end' | 'close' | undefined;

  constructor(from: Socket, to: Socket, options: PipeOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('error', () => {}); // 'close' follows
    from.on('end', () => {
      this.#ending = 'end';
      this.pump();
    });
    from.on('close', () => {
      this.#ending = 'close';
      this.pump();
    });
    to.on('drain', () => {
      this.#blocked = false;
      this.pump();
    });
    to.on('close', () => this.#drop());
  }

  /** Forwards what is due. To be called when the weather has changed. */
  pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { weather, bufferMaxBytes } = this.#options;
    let next = 0;
    while (!weather.held && !this.#blocked && next < this.#waiting.length) {
      const { chunk, dueMs } = this.#waiting[next] as Waiting;
      const waitMs = isSlow(weather) ? dueMs - performance.now() : 0;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs);
        break;
      }
      this.#write(chunk);
      this.#waitingBytes -= chunk.length;
      next++;
    }
    if (next > 0) this.#waiting = this.#waiting.slice(next);
    if (this.#waiting.length === 0) this.#lastDueMs = 0;
    if (this.#waitingBytes < bufferMaxBytes && !this.#blocked) this.#from.resume();
    if (this.#ending === undefined || this.#waiting.length > 0 || weather.held) return;
    const rest = this.#options.filter?.flush();
    if (rest !== undefined) this.#write(rest);
    if (this.#ending === 'end') this.#to.end();
    else this.#to.destroySoon();
  }

  #take(chunk: Buffer): void {
    const { filter, weather, report } = this.#options;
    const passed = filter === undefined ? [chunk] : filter.push(chunk);
    for (const part of passed) {
      if (weather.held) report.held(part.length);
      if (!isSlow(weather) && !weather.held && !this.#blocked && this.#waiting.length === 0)
        this.#write(part);
      else this.#queue(part);
    }
    if (this.#blocked || this.#waitingBytes >= this.#options.bufferMaxBytes) this.#from.pause();
    if (this.#timer === undefined && this.#waiting.length > 0) this.pump();
  }

  #queue(chunk: Buffer): void {
    const { weather, report, random } = this.#options;
    const arrivedMs = performance.now() + weather.delayMs + weather.jitterMs * random();
    if (isSlow(weather)) report.delayed(1);
    for (const chunkPart of slices(chunk, weather.bytesPerSecond)) {
      const sendMs =
        (chunkPart.length / (weather.bytesPerSecond ?? Number.POSITIVE_INFINITY)) * 1_000;
      this.#lastDueMs = Math.max(this.#lastDueMs, arrivedMs) + sendMs;
      this.#waiting.push({ chunk: chunkPart, dueMs: this.#lastDueMs });
      this.#waitingBytes += chunkPart.length;
    }
  }

  #write(chunk: Buffer): void {
    if (!this.#to.writable) return;
    this.#options.report.forwarded(chunk.length);
    if (!this.#to.write(chunk)) this.#blocked = true;
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#blocked = false;
    this.#from.resume(); // so that its own end is noticed
  }
}

function isSlow({ delayMs, jitterMs, bytesPerSecond }: Weather): boolean {
  return delayMs > 0 || jitterMs > 0 || bytesPerSecond !== undefined;
}

/** Pieces of about 20 ms each, so that a throttled connection drips and does not burst. */
function slices(chunk: Buffer, bytesPerSecond: number | undefined): Buffer[] {
  if (bytesPerSecond === undefined) return [chunk];
  const size = Math.max(1, Math.ceil(bytesPerSecond / 50));
  const parts: Buffer[] = [];
  for (let at = 0; at < chunk.length; at += size) parts.push(chunk.subarray(at, at + size));
  return parts;
}

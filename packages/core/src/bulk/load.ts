/**
 * One call of `publishAll`: reads the source no faster than messages go out, and sees to it that every end is a clean one.
 *
 * A source that is asynchronous gives each message in a microtask of its own, and what is written in one goes to the socket at its end:
 * a system call for each message, which cost more than all the rest. So its messages are gathered until it really waits, or there are some.
 */
import {
  type EncodedMessage,
  encodeMessage,
  JetlaneError,
  type Outgoing,
} from '@jetlane/contracts';
import { BATCH_MAX } from '../bucket.ts';
import { noStream } from '../nats/publish-errors.ts';
import type { Sink, WriteContext } from '../publish.ts';
import { within } from '../within.ts';
import { AtomicWriter, noAtomic } from './atomic-writer.ts';
import type { PublishAllOptions } from './bulk-options.ts';
import type { BulkPort, BulkTarget } from './bulk-port.ts';
import { type BulkReport, bulkFailure } from './bulk-report.ts';
import type { BulkWriter } from './bulk-writer.ts';
import { IngestWriter, noIngest } from './ingest-writer.ts';
import { PlainWriter } from './plain-writer.ts';
import { Tally } from './tally.ts';

/** Where `publishAll` reads messages. */
export type BulkSource = Iterable<Outgoing> | AsyncIterable<Outgoing>;

/** What a load needs of its client. */
export interface LoadSurroundings {
  readonly sink: Sink;
  /** Undefined where a bus has none: then all goes plainly. */
  readonly port: BulkPort | undefined;
  context(): WriteContext;
}

/** See the head of this file. */
export class Load {
  readonly #source: BulkSource;
  readonly #options: PublishAllOptions;
  readonly #surroundings: LoadSurroundings;
  readonly #tally: Tally;
  readonly #plain: PlainWriter;
  #writer: BulkWriter | undefined;
  /** Why it ends before the source does. */
  #failure: unknown;
  #over = false;
  readonly #gathered: EncodedMessage[] = [];
  #releasing: NodeJS.Immediate | undefined;
  #isLater = false;
  /** Ends what is waited for. */
  #end: () => void = () => {};

  constructor(source: BulkSource, options: PublishAllOptions, surroundings: LoadSurroundings) {
    this.#source = source;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#tally = new Tally(options.onProgress);
    this.#plain = new PlainWriter(surroundings.sink, this.#tally, (error) => this.stop(error));
  }

  /** Reads no more; what was handed over is awaited, and `run` rejects with this error, if it is the first. */
  stop(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = error;
    this.#end();
  }

  /** @throws JetlaneError what went wrong, with the report */
  async run(): Promise<BulkReport> {
    const { signal } = this.#options;
    const abort = () => this.stop(aborted(signal?.reason));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort);
    try {
      await this.#read();
      this.#release();
      await this.#writer?.end();
    } finally {
      signal?.removeEventListener('abort', abort);
    }
    const report = this.#tally.end();
    if (this.#over) throw bulkFailure(this.#failure, report);
    return report;
  }

  async #read(): Promise<void> {
    const iterator = this.#iterate();
    if (iterator === undefined) return;
    let reading: Promise<unknown> | undefined;
    // Whether the source has ended, or threw: then there is nothing to return from.
    let isDone = false;
    try {
      while (!this.#over) {
        const room = this.#writer?.room();
        if (room !== undefined) {
          this.#release();
          await this.#unlessOver(room);
          continue;
        }
        isDone = true;
        let step: IteratorResult<Outgoing> | PromiseLike<IteratorResult<Outgoing>> | undefined =
          iterator.next();
        if (isThenable(step)) {
          this.#isLater = true;
          reading = Promise.resolve(step);
          step = await this.#unlessOver(step);
          if (step === undefined) break;
          reading = undefined;
        }
        isDone = step.done === true;
        if (step.done === true) break;
        const handing = this.#hand(step.value);
        if (handing !== undefined) await this.#unlessOver(handing);
      }
    } catch (error) {
      this.stop(isDone ? sourceFailed(error) : error);
    }
    if (!isDone || reading !== undefined) await leave(iterator, reading);
  }

  /** Undefined as soon as the load is over. `Promise.race` with one long promise would keep every other one in memory. */
  #unlessOver<T>(work: PromiseLike<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#end = () => resolve(undefined);
      if (this.#over) this.#end();
      work.then(resolve, reject);
    });
  }

  #iterate(): Iterator<Outgoing> | AsyncIterator<Outgoing> | undefined {
    try {
      const source = this.#source as Partial<Iterable<Outgoing> & AsyncIterable<Outgoing>>;
      return source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]?.();
    } catch (error) {
      this.stop(sourceFailed(error));
      return undefined;
    }
  }

  /** Undefined unless it takes time: most messages are handed over without a promise. */
  #hand(message: Outgoing): Promise<void> | undefined {
    this.#tally.read++;
    const encoded = encodeMessage(message, this.#surroundings.context());
    if (this.#writer === undefined || encoded instanceof Promise) return this.#handLater(encoded);
    this.#write(encoded);
    return undefined;
  }

  #write(message: EncodedMessage): void {
    // Batches are gathered by their writer, which says after each message whether there is room for another.
    if (!this.#isLater || this.#writer instanceof AtomicWriter) return this.#writer?.write(message);
    this.#gathered.push(message);
    if (this.#gathered.length >= GATHER_MAX) this.#release();
    else this.#releasing ??= setImmediate(() => this.#release());
  }

  #release(): void {
    clearImmediate(this.#releasing);
    this.#releasing = undefined;
    for (const message of this.#gathered) this.#writer?.write(message);
    this.#gathered.length = 0;
  }

  async #handLater(encoding: EncodedMessage | Promise<EncodedMessage>): Promise<void> {
    const encoded = await encoding;
    // A schema may answer when the load is over: then nobody would end a writer that is made for it.
    if (this.#over) return;
    this.#writer ??= await this.#choose(encoded.subject);
    if (!this.#over) this.#write(encoded);
  }

  async #choose(subject: string): Promise<BulkWriter> {
    const { mode = 'auto', batchSize = BATCH_MAX, onGap = 'republish' } = this.#options;
    const tally = this.#tally;
    const failed = (error: unknown) => this.stop(error);
    if (mode !== 'auto') tally.mode = mode;
    if (mode !== 'auto') tally.note('asked for');
    if (mode === 'plain') return this.#plain;
    const { port } = this.#surroundings;
    const target = await this.#look(subject);
    if (port === undefined || target === undefined) return this.#plain;
    if (mode === 'atomic') {
      if (target.noAtomic !== undefined) throw noAtomic(target.stream, target.noAtomic);
      return new AtomicWriter({ port, target, size: batchSize, tally, failed });
    }
    const lenient = mode === 'auto';
    if (target.noIngest === undefined) {
      tally.mode = 'ingest';
      if (lenient) tally.note(`stream ${target.stream} takes fast ingest`);
      return new IngestWriter(
        { port, target, plain: this.#plain, tally, lenient, failed },
        { onGap },
      );
    }
    if (!lenient) throw noIngest(target.stream, target.noIngest);
    tally.note(`one by one, because ${target.noIngest}`);
    return this.#plain;
  }

  /** The stream that the load goes to; undefined where it is to go plainly without. */
  async #look(subject: string): Promise<BulkTarget | undefined> {
    const { port } = this.#surroundings;
    const isAuto = (this.#options.mode ?? 'auto') === 'auto';
    try {
      const target = await port?.target(subject);
      if (target !== undefined) return target;
      if (!isAuto) throw noStream(subject);
      this.#tally.note('one by one, because no stream was found');
    } catch (error) {
      if (!isAuto) throw error;
      const words = error instanceof Error ? error.message : String(error);
      this.#tally.note(`one by one, because its stream could not be looked up: ${words}`);
    }
    return undefined;
  }
}

/** Messages of an asynchronous source that go on together, at most. */
const GATHER_MAX = 32;
/** How long a source may take to clean up after itself. */
const LEAVE_MS = 5_000;

/** Lets a source that is not at its end clean up. One that is still asked for a message does so when that comes. */
async function leave(
  iterator: Iterator<Outgoing> | AsyncIterator<Outgoing>,
  reading: Promise<unknown> | undefined,
): Promise<void> {
  reading?.catch(() => {});
  try {
    const returned: unknown = iterator.return?.();
    if (!isThenable(returned)) return;
    const left = Promise.resolve(returned).catch(() => {});
    if (reading === undefined) await within(LEAVE_MS, left);
  } catch {
    // It has said what is wrong, or it does not matter any more.
  }
}

/** Also a promise of another realm, or of a library. */
function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function sourceFailed(cause: unknown): JetlaneError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new JetlaneError('SOURCE_FAILED', `the source of messages threw: ${words}`, { cause });
}

function aborted(cause: unknown): JetlaneError {
  return new JetlaneError('ABORTED', 'publishAll was aborted by its signal', { cause });
}

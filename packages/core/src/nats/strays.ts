/**
 * What a consumer without a filter is sent and does not take: Jetlane's own messages for others, and whatever is stored
 * beside what its stream declares. It is acked at once, unseen by the worker.
 *
 * Whether a message is taken is a comparison of the beginning of its subject for the patterns that are common. A subject
 * that this process does not know may be one that a newer process of the same worker takes since: then the consumer says so,
 * which is asked for after the message came, and the worker gets it as it would have with a filter. One question is for all that
 * come within some milliseconds, or fill a quarter of the room: where others store much in the stream, the server is not asked
 * as fast as it answers.
 */
import { subjectMatches } from '@jetlane/contracts';
import type { NatsDelivery } from './nats-delivery.ts';

/** What there is to know of a consumer that is sent its whole stream. */
export interface StrayOptions {
  readonly stream: string;
  /** What this process takes. */
  readonly filters: readonly string[];
  /** Messages that the worker of this process has places for. */
  readonly room: number;
  /** Asks what the consumer takes by now; empty when it takes everything. */
  look(): Promise<readonly string[]>;
}

/** See the head of this file. */
export class Strays {
  readonly #options: StrayOptions;
  readonly #takes: (subject: string) => boolean;
  readonly #own: string;
  readonly #many: number;
  #unsure: Unsure[] = [];
  #looking = false;
  /** Ends the wait for more. */
  #gathered: () => void = () => {};

  constructor(options: StrayOptions) {
    this.#options = options;
    this.#takes = toTest(options.filters);
    this.#own = `_jl.${options.stream}.`;
    this.#many = Math.max(1, Math.floor(options.room / 4));
  }

  /** Whether the worker of this process takes it. */
  takes(subject: string): boolean {
    return this.#takes(subject);
  }

  /**
   * Deals with a message that is not taken. It keeps its place until `skipped` is called, or `taken` because another process
   * of this worker takes it. The caller bounds how many there are.
   */
  put(delivery: NatsDelivery, skipped: () => void, taken: (delivery: NatsDelivery) => void): void {
    if (delivery.subject.startsWith(this.#own)) return skip({ delivery, skipped, taken });
    this.#unsure.push({ delivery, skipped, taken });
    if (this.#unsure.length >= this.#many) this.#gathered();
    if (!this.#looking) void this.#look();
  }

  /** Resolves when there are many, or some that have waited long enough. */
  #gather(): Promise<void> | undefined {
    if (this.#unsure.length >= this.#many) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    while (this.#unsure.length > 0) {
      await this.#gather();
      const asked = this.#unsure;
      this.#unsure = [];
      const filters = await this.#options.look().catch(() => undefined);
      for (const each of asked) {
        // Unanswered, it comes again when its ack wait is over.
        if (filters === undefined) letGo(each);
        else if (toTest(filters)(each.delivery.subject)) each.taken(each.delivery);
        else skip(each);
      }
    }
    this.#looking = false;
  }
}

/** A place is taken for that much longer, where few of them come. */
const GATHER_MS = 20;

interface Unsure {
  readonly delivery: NatsDelivery;
  readonly skipped: () => void;
  readonly taken: (delivery: NatsDelivery) => void;
}

function letGo({ delivery, skipped }: Unsure): void {
  delivery.drop();
  skipped();
}

function skip({ delivery, skipped }: Unsure): void {
  delivery.ack();
  skipped();
}

/** Whether one of the patterns matches; none takes everything. */
function toTest(patterns: readonly string[]): (subject: string) => boolean {
  if (patterns.length === 0) return () => true;
  const tests = patterns.map(testOf);
  const [first] = tests;
  if (tests.length === 1) return first as (subject: string) => boolean;
  return (subject) => tests.some((test) => test(subject));
}

function testOf(pattern: string): (subject: string) => boolean {
  const wild = pattern.search(/[*>]/);
  const begin = wild === -1 ? pattern : pattern.slice(0, wild);
  const rest = wild === -1 ? '' : pattern.slice(wild);
  if (rest === '>') return (subject) => subject.startsWith(begin);
  if (/^\*(\.\*)*$/.test(rest)) {
    const dots = (rest.length - 1) / 2;
    return (subject) => subject.startsWith(begin) && dotsFrom(subject, begin.length) === dots;
  }
  return (subject) => subject.startsWith(begin) && subjectMatches(pattern, subject);
}

function dotsFrom(subject: string, from: number): number {
  let dots = 0;
  for (let at = subject.indexOf('.', from); at >= 0; at = subject.indexOf('.', at + 1)) dots++;
  return dots;
}

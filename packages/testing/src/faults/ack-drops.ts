import { seededRandom } from '../random.ts';

/** A PubAck on its way to a publisher. */
export interface PassingAck {
  readonly stream: string;
  readonly seq: number;
  /** The stream had this message before: what it says to a retry. */
  readonly duplicate: boolean;
}

/** Which PubAcks to drop. All that is given must hold for an ack to go; nothing given drops every one. */
export interface AckDropOptions {
  /** Every nth of those that match the rest. Default 1: each. */
  readonly every?: number;
  /** Chance of each, 0 to 1, from the proxy's seed. Default 1. */
  readonly probability?: number;
  /**
   * `'first'`: only acks of messages that are stored for the first time, so that the answer to a retry passes.
   * Default `'all'`.
   */
  readonly copies?: 'all' | 'first';
  /** Only acks of this stream. Default: of any. */
  readonly stream?: string;
  /** No more than this many. Default: no limit. */
  readonly max?: number;
}

/** Decides which PubAcks are dropped. */
export class AckDrops {
  readonly #options: AckDropOptions;
  readonly #random: () => number;
  #matched = 0;
  #dropped = 0;

  constructor(options: AckDropOptions, seed: number) {
    this.#options = options;
    this.#random = seededRandom(seed);
  }

  /** Whether this one goes. Asked once for each ack. */
  drops({ stream, duplicate }: PassingAck): boolean {
    const {
      every = 1,
      probability = 1,
      copies = 'all',
      max = Number.POSITIVE_INFINITY,
    } = this.#options;
    if (this.#dropped >= max) return false;
    if (this.#options.stream !== undefined && stream !== this.#options.stream) return false;
    if (copies === 'first' && duplicate) return false;
    if (probability < 1 && this.#random() >= probability) return false;
    if (++this.#matched % every !== 0) return false;
    this.#dropped++;
    return true;
  }
}

/** What is wrong with the options, in words. */
export function ackDropProblems(options: AckDropOptions): string[] {
  const { every = 1, probability = 1, max = 0 } = options;
  const problems = unknownNames(options, ['every', 'probability', 'copies', 'stream', 'max']);
  if (!Number.isInteger(every) || every < 1)
    problems.push(`every must be a whole number from 1, not ${every}`);
  if (!(probability >= 0 && probability <= 1))
    problems.push(`probability must be from 0 to 1, not ${probability}`);
  if (!(max >= 0)) problems.push(`max must be 0 or more, not ${max}`);
  return problems;
}

/** A problem for each name that is no option: a fault that was misspelt would be another one. */
export function unknownNames(options: object, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is no option: options are ${known.join(', ')}`);
}

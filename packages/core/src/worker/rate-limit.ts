import {
  type AnyStream,
  type Duration,
  durationProblem,
  internalsOf,
  type Message,
  type MessageOf,
  type MessagesOf,
  type SharedTokens,
  toMs,
  unknownOptions,
} from '@jetlane/contracts';
import { shown } from '../printed.ts';

/**
 * How many messages handlers may begin in a time, in this process: after a pause `burst` at once, then one each
 * `per / messages`. No period of `per` sees more than `messages + burst - 1`.
 */
export interface RateLimit<S extends AnyStream = AnyStream> {
  readonly messages: number;
  readonly per: Duration;
  /** At once after a pause. 1 spaces them evenly. Default: `messages`. */
  readonly burst?: number;
  /**
   * For each value of a subject token, or of what a function gives, by itself. Only keys used lately are remembered. A
   * function that throws or gives no text puts its messages under one key, and is told on `jetlane:policy`. Default: all
   * messages together.
   */
  readonly key?: SharedTokens<MessagesOf<S>> | ((message: MessageOf<MessagesOf<S>>) => string);
}

/** A {@link RateLimit} with its defaults filled in. */
export interface RateLimitSpec {
  readonly count: number;
  readonly perMs: number;
  readonly burst: number;
  /** Undefined where all messages count together. */
  readonly keyOf: ((message: Message) => string) | undefined;
}

/** What limits that {@link rateLimitProblems} found nothing wrong with come to. */
export function toRateLimits(
  given: RateLimit | readonly RateLimit[] | undefined,
): readonly RateLimitSpec[] {
  return listed(given).map(({ messages, per, burst = messages, key }) => ({
    count: messages,
    perMs: toMs(per),
    burst,
    keyOf:
      typeof key === 'string'
        ? ({ params }) => (params as Record<string, string>)[key] ?? ''
        : (key as ((message: Message) => string) | undefined),
  }));
}

/** All that is wrong with `rateLimit`, in words. */
export function rateLimitProblems(
  given: RateLimit | readonly RateLimit[] | undefined,
  from: AnyStream,
  batchMax: number,
): string[] {
  return listed(given).flatMap((limit, index) => {
    const at = Array.isArray(given) ? `rateLimit[${index}]` : 'rateLimit';
    if (typeof limit !== 'object' || limit === null)
      return [`'${at}' must be a limit such as { messages: 100, per: '1s' }`];
    return limitProblems(limit, at, { from, batchMax });
  });
}

const OPTIONS = ['messages', 'per', 'burst', 'key'] as const satisfies readonly (keyof RateLimit)[];

function listed(given: RateLimit | readonly RateLimit[] | undefined): readonly RateLimit[] {
  return given === undefined ? [] : ([given].flat() as readonly RateLimit[]);
}

function limitProblems(
  limit: RateLimit,
  at: string,
  { from, batchMax }: { readonly from: AnyStream; readonly batchMax: number },
): string[] {
  const problems = unknownOptions(limit, OPTIONS, `${at}.`);
  const { messages, per, burst = messages, key } = limit;
  for (const [option, value] of [
    ['messages', messages],
    ['burst', burst],
  ] as const)
    if (!Number.isInteger(value) || value < 1)
      problems.push(`'${at}.${option}' must be a whole number from 1, not ${shown(value)}`);
  const wrong = durationProblem(per, `${at}.per`);
  if (wrong !== undefined) problems.push(wrong);
  if (batchMax > burst)
    problems.push(
      `a batch of ${batchMax} never begins: '${at}' lets ${burst} begin at once; raise 'burst', or make the batch smaller`,
    );
  if (key === undefined) return problems;
  if (batchMax > 0)
    problems.push(`'${at}.key' cannot hold for onBatch(): a batch has messages of many keys`);
  if (typeof key !== 'string' && typeof key !== 'function')
    problems.push(`'${at}.key' must be a subject token or a function`);
  if (typeof key === 'string')
    for (const message of from.messages)
      if (!internalsOf(message).subject.tokens.includes(key))
        problems.push(
          `'${at}.key' names {${key}}, which the subject of ${message.type} does not have`,
        );
  return problems;
}

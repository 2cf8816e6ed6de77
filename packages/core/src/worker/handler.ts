import type {
  AnyDefinition,
  Awaitable,
  Duration,
  Message,
  MessageOf,
  Outgoing,
} from '@jetlane/contracts';
import { configInvalid, durationProblem, toMs } from '@jetlane/contracts';

import type { Client } from '../client.ts';
import { shown } from '../printed.ts';

/** Messages to publish, in order, before the ack; or nothing. */
export type Result = void | Outgoing | readonly Outgoing[];

/** What one handler call may use. */
export interface Context<Tx = unknown> {
  readonly client: Client;
  /** Aborts on `timeout`, or when `close` stops waiting. */
  readonly signal: AbortSignal;
  /** The inbox transaction; unknown without an inbox. */
  readonly tx: Tx;
  /** Gives up: dead-letters the message now. */
  reject(reason: string): never;
  /** Ends this attempt; the next follows after `delay`, as long as the retry policy has attempts left. */
  retry(delay: Duration, reason?: string): never;
}

declare const transaction: unique symbol;

/** Says nothing about messages, so that a worker's inbox cannot widen what `on` infers. */
export interface AnyHandler<Tx> {
  readonly [transaction]?: (tx: Tx) => void;
}

/** A handler for a worker; made by {@link on} or {@link onBatch}. */
export interface Handler<D extends AnyDefinition, Tx = unknown> extends AnyHandler<Tx> {
  readonly messages: readonly D[];
}

/** What to call, how, for which message types. */
export interface HandlerSpec extends Handler<AnyDefinition> {
  readonly batch: { readonly size: number; readonly withinMs: number } | undefined;
  /** Gets one message, or a whole batch. */
  readonly handle: (messages: readonly Message[], context: Context) => Awaitable<Result>;
}

/**
 * Handles messages one by one. Several definitions, or `Orders.messages`, may share a handler.
 *
 * @example
 * on(OrderPlaced, async ({ data, attempt }, { signal }) => charge(data, { signal }));
 */
export function on<D extends AnyDefinition, Tx = unknown>(
  message: D | readonly D[],
  handle: (message: MessageOf<D>, context: Context<Tx>) => Awaitable<Result>,
): Handler<D, Tx> {
  const call = handle as (message: Message, context: Context) => Awaitable<Result>;
  const callFirst: HandlerSpec['handle'] = (messages, context) =>
    call(messages[0] as Message, context);
  return toHandler('on', message, undefined, typeof handle === 'function' ? callFirst : handle);
}

/**
 * Handles up to `size` messages together, waiting at most `within` for them. If it throws, they are retried one by
 * one, so that a bad one cannot sink the rest. A redelivered batch may be cut anew: give returned messages an `id` where
 * they must not repeat.
 *
 * @throws JetlaneError `CONFIG_INVALID` when `size` or `within` is out of range
 * @example
 * onBatch(ReadingTaken, { size: 1000, within: '200ms' }, (readings) => insertAll(readings));
 */
export function onBatch<D extends AnyDefinition, Tx = unknown>(
  message: D | readonly D[],
  batch: { readonly size: number; readonly within: Duration },
  handle: (messages: readonly MessageOf<D>[], context: Context<Tx>) => Awaitable<Result>,
): Handler<D, Tx> {
  const problems: string[] = [];
  const { size, within: wait } = batch ?? { size: Number.NaN, within: undefined as never };
  if (!Number.isInteger(size) || size < 1)
    problems.push(`size must be a whole number from 1, not ${shown(size)}`);
  const within = durationProblem(wait, 'within');
  if (within !== undefined) problems.push(within);
  if (problems.length > 0) throw configInvalid('onBatch()', problems);
  return toHandler(
    'onBatch',
    message,
    { size, withinMs: toMs(wait) },
    handle as HandlerSpec['handle'],
  );
}

function toHandler<D extends AnyDefinition>(
  name: string,
  message: D | readonly D[],
  batch: HandlerSpec['batch'],
  handle: HandlerSpec['handle'],
): Handler<D> {
  const messages = Array.isArray(message) ? (message as readonly D[]) : [message as D];
  const problems: string[] = [];
  if (messages.length === 0) problems.push('needs at least one message definition');
  for (const each of messages)
    if (typeof each !== 'function' || typeof each.type !== 'string')
      problems.push(`takes what event() or command() made, or a list of it, not ${shown(each)}`);
  if (typeof handle !== 'function')
    problems.push(`needs a function to call with the message, not ${shown(handle)}`);
  if (problems.length > 0) throw configInvalid(`${name}()`, problems);
  const spec: HandlerSpec = { messages, batch, handle };
  return Object.freeze(spec) as unknown as Handler<D>;
}

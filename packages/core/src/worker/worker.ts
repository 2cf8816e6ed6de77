import {
  type AnyStream,
  type Check,
  configInvalid,
  type DecodeLimits,
  type Duration,
  type MessageOf,
  type MessagesOf,
  type NotCarried,
  type NotPartitioned,
  type Runnable,
  type SharedTokens,
  type Size,
  type Tokens,
} from '@jetlane/contracts';
import type { ClientInbox, Inbox } from '../inbox/inbox.ts';
import { printed } from '../printed.ts';
import type { AckPolicy } from './ack-policy.ts';
import type { BreakerOptions } from './breaker.ts';
import type { AnyHandlers, HandledBy } from './check.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RetryOptions } from './retry-policy.ts';
import { roomOf, specify } from './specify.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** How a worker takes messages and what it does when they fail. */
export interface WorkerOptions<S extends AnyStream, Tx = unknown> {
  /** Its durable consumer lives here. Handling what this stream does not carry fails to compile. */
  from: S;
  /**
   * Which messages the server sends. Subject hierarchies (`'orders.>'`), all of whose declared messages must be
   * handled, or values by subject token (`{ region: ['eu', 'us'] }`). Default: whatever is handled.
   */
  filter?:
    | string
    | readonly string[]
    | { readonly [Token in Tokens<MessagesOf<S>['subject']>]?: string | readonly string[] };
  /** Where a new durable begins; an existing one resumes. Default `'first'`. */
  startAt?: 'first' | 'new' | Date;
  /**
   * When the server counts a message as done. `'explicit'`: when its handler is done and its results are stored, so that nothing
   * is lost. `'none'`: when it is sent, for telemetry of which some may be missing; lossy, handled at most once.
   *
   * With `'none'` nothing comes again. A message is lost when its handler fails, when it cannot be read, when its process ends or
   * its connection breaks while it is on its way, waits or runs, and where its results cannot be stored. What this process knows
   * to be lost is told on `jetlane:bury` (one warning, where nobody listens); what was on its way is told by nobody. Only where the durable is deleted, or
   * its server crashes before it has written down how far it came, may messages of the last seconds come twice. A process asks for as
   * many messages as it has room for (four times `concurrency`, and `maxBytes`) and for more as handlers end, so a slow one
   * is never flooded; what is not asked for stays in the stream, as long as that keeps it. A batch that fails is
   * lost as a whole. `client.close` handles what is here as long as it has time; what a rate limit or an open breaker holds back is lost. Refused with `retry`, `onFailure`, `deadLetter`, `inbox`,
   * `ackWait`, `maxAckPending`, `partitioned` and on work queues. Changing it on a durable that exists replaces that, at its
   * position: see `jetlane streams plan`. Default `'explicit'`.
   */
  ackPolicy?: AckPolicy;
  /**
   * Handlers running at once in this process: a number, or bounds between which the limit follows how long they take. It
   * grows while calls take at most 1.3 times what they take when they need not queue, and shrinks above that. It
   * begins at `min`, and shows in `client.workers`. Default 64.
   */
  concurrency?: number | { readonly min: number; readonly max: number };
  /**
   * Messages delivered but not acked, over all processes; delivery waits there. What awaits a retry that comes later than two
   * seconds does not count: it waits in its stream, and not where `onFailure` is `'hold'`. Default 1000.
   */
  maxAckPending?: number;
  /**
   * Bytes of messages, with their headers and subjects, that one process may have asked for or hold, waiting and running. One
   * message that is larger still comes, when nothing else is held. It bounds memory where messages are large; for small ones
   * the room (four times `concurrency`, at most a quarter of `maxAckPending`) is less. A `partitioned` worker gives each partition its
   * share. Default `'64MiB'`.
   */
  maxBytes?: Size;
  /**
   * Silence after which a process counts as dead; renewed while its messages wait or run. Default `'30s'`, and `'5s'` when
   * `partitioned`, where the next owner waits for it.
   */
  ackWait?: Duration;
  /** Longest run of a handler, which then fails with `HANDLER_TIMEOUT`. Default `'30s'`. */
  timeout?: Duration;
  /**
   * Lanes: equal keys run one at a time in stream order, different keys in parallel. A failing message holds its
   * lane until it succeeds or is dead-lettered (see `onFailure`), and what follows it waits here, heartbeated. Others go on
   * while less than one and a half times the worker's room (four times `concurrency`, at most a quarter of `maxAckPending`)
   * waits in lanes, as the worker then takes up to twice its room; past that all keys wait until a lane moves, at most as long
   * as `retry` lets a message hold it. A `partitioned` worker takes no more than its room, of which each partition has a
   * share: once that is full the keys of that partition wait. Order holds within one process, over broken connections,
   * and from a process that ended to the next: where deliveries may be lost, nothing new is handled until they have come again,
   * which takes at most `ackWait` and half a second. What `client.close` gave back comes at once, where nothing else is out. And
   * it holds over processes that run at once when `partitioned`.
   * Default: no order; when `partitioned`, the token that its stream is partitioned by.
   */
  orderBy?: SharedTokens<MessagesOf<S>> | ((message: MessageOf<MessagesOf<S>>) => string);
  /**
   * While a message awaits its retry: `'hold'` its lane, retrying in place, or let later ones pass, `'skip'`.
   * Only with `orderBy`. Default `'hold'`.
   */
  onFailure?: 'hold' | 'skip';
  /**
   * Processes of this worker share the partitions of its stream: each is owned by one process at a time, others stand by and
   * take over within seconds when it leaves or dies, after what it had not finished. So order by key holds over all
   * processes, and no key is handled by two at once. It reads a copy of the stream that the server keeps until it is handled
   * (`<STREAM>-<worker>`), through one durable for each partition; `message.seq` is the position in the stream itself, and
   * `message.time` the time in `ce-time`, where there is one. Retries stay in the lane. Default false.
   */
  partitioned?: Check<boolean, NotPartitioned<S>>;
  /**
   * Which messages to check against the schema again: all, or only those that no Jetlane publisher of this version
   * checked before. Default `'always'`; `'foreign'` where microseconds count.
   */
  validate?: 'always' | 'foreign';
  /**
   * When to try again and when to give up. A `when`, `match` or `delay` that throws or gives nonsense decides nothing, loses
   * nothing, and is told on `jetlane:policy`, or once as a warning. Default `{ attempts: 5, minDelay: '200ms', maxDelay: '30s' }`.
   *
   * @example
   * retry: {
   *   within: '1h',
   *   delay: (error) => (error instanceof Busy ? `${error.retryAfterS}s` : undefined),
   *   rules: [
   *     { match: CardDeclined, giveUp: true },
   *     { match: TypeError, attempts: 2 },
   *   ],
   * }
   */
  retry?: RetryOptions;
  /**
   * Stops calling handlers while what they depend on is down. After `failures` failed calls in a row, of any handler of this
   * worker in this process, nothing is called and nothing more is pulled for `openFor`; what is held waits, heartbeated, and
   * uses up no attempts. Then one call goes through: when it succeeds all go on, when it fails all wait again. What is thrown,
   * a `timeout` and `context.retry()` count as failures unless `when` says otherwise; `context.reject()` says something about
   * the message and counts neither way. Told on `jetlane:breaker`. Default: none.
   */
  breaker?: BreakerOptions;
  /**
   * How many messages handlers may begin in a time, in this process; several limits hold all together. What may not begin
   * yet waits, heartbeated, without using up attempts. A key that is held back keeps no other waiting until what it holds back
   * fills the room of the worker (four times `concurrency`, at most a quarter of `maxAckPending`); from then on all wait for it.
   * Default: unlimited.
   *
   * @example
   * rateLimit: [{ messages: 100, per: '1s' }, { messages: 5, per: '1s', key: 'customerId' }]
   */
  rateLimit?: RateLimit<S> | readonly RateLimit<S>[];
  /**
   * Stream for messages given up on, with error headers. While it takes none (full, gone, refused) the originals stay here,
   * heartbeated, and others go on until they fill the room of the worker (four times `concurrency`, at most a quarter of
   * `maxAckPending`); that is told once a minute. `false` ends them without a record; the marks of last trials
   * are kept in `'DLQ'` all the same. Default `'DLQ'`, and with `ackPolicy: 'none'` `false`, without such a stream.
   */
  deadLetter?: string | false;
  /**
   * Handles each message once: runs handlers in a transaction that also records the message, and publishes what was recorded
   * there. Handlers of a batch are given only the messages that are new. Default: none, handlers run at least once.
   */
  inbox?: Inbox<Tx> | ClientInbox<Tx>;
  /**
   * What a payload may hold before it is decoded; more is buried as `DECODE_FAILED`. Default: 64 levels, 100,000 elements,
   * and whatever the server lets through.
   */
  limits?: Partial<DecodeLimits>;
  /** Raw `ConsumerConfig` fields, merged last, for whatever is not listed here. */
  jetstream?: Readonly<Record<string, unknown>>;
}

const SPEC = Symbol.for('jetlane.worker');

/** A worker as its runner sees it. */
export interface Worker extends Runnable {
  readonly kind: 'worker';
  readonly [SPEC]: WorkerSpec;
}

/**
 * A durable consumer, named after the worker, and its handlers. Processes that start the same worker share its
 * messages. A message is validated and handled, the returned messages are stored, and only then is it acked; so a crash
 * at any point means redelivery, never loss. Redelivered, it yields the same ids, so each result is stored once (within
 * `dedupeWindow`).
 *
 * @throws JetlaneError `CONFIG_INVALID`, listing everything that is wrong
 * @example
 * const billing = worker('billing', { from: Orders, orderBy: 'orderId' }, [
 *   on(OrderPlaced, ({ data }) => charge(data.orderId, data.total)),
 * ]);
 */
export function worker<S extends AnyStream, const H extends AnyHandlers<Tx>, Tx = unknown>(
  name: string,
  options: WorkerOptions<S, Tx>,
  handlers: { [I in keyof H]: Check<H[I], NotCarried<S, HandledBy<H[I]>>> } & H,
): Worker {
  const { spec, problems } = specify(name, options, handlers);
  if (spec === undefined) throw configInvalid(`worker '${printed(name)}'`, problems);
  return toWorker(spec);
}

/** Limits that a program may set for a worker that it runs. */
export interface WorkerLimits {
  /** Handlers running at once in this process. Default: what the worker says. */
  readonly concurrency?: number | undefined;
  /**
   * Messages delivered but not acked, over all processes; of no meaning where nothing is acked. Default: what the worker says.
   */
  readonly maxAckPending?: number | undefined;
}

/** The same worker, durable and handlers included, with other limits. What a process holds follows from them. */
export function withLimits(worker: Worker, limits: WorkerLimits): Worker {
  const spec = worker[SPEC];
  // Ticks come one after another.
  if (spec.timetable !== undefined) return worker;
  const { concurrency = spec.concurrency } = limits;
  const given = spec.ackPolicy === 'none' ? undefined : limits.maxAckPending;
  const maxAckPending = given ?? spec.maxAckPending;
  const room = roomOf(concurrency, maxAckPending, spec.handlers);
  // Whoever gives a number wants that number.
  const adaptive = limits.concurrency === undefined ? spec.adaptive : undefined;
  return toWorker({ ...spec, concurrency, adaptive, maxAckPending, room });
}

/** A worker that runs as `spec` says. */
export function toWorker(spec: WorkerSpec): Worker {
  return Object.freeze({ kind: 'worker' as const, name: spec.name, [SPEC]: spec });
}

/** The validated form of a worker. */
export function workerSpec(worker: Worker): WorkerSpec {
  return worker[SPEC];
}

/** Whether a runnable is a worker, whichever copy of the package made it. */
export function isWorker(part: Runnable): part is Worker {
  return typeof part === 'object' && part !== null && part.kind === 'worker' && SPEC in part;
}

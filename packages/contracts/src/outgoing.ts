import type { AnyDefinition } from './check.ts';
import { unknownOptions } from './suggestion.ts';
import { uniqueId } from './unique-id.ts';
import type { Duration } from './unit.ts';

/** How to publish one message. */
export interface MessageOptions {
  /**
   * `Nats-Msg-Id`: up to 256 printable ASCII characters without spaces. Default: unique; for a
   * handler's result, derived from the handled message.
   */
  readonly id?: string;
  /**
   * Deliver this much later: until then it waits in the stream, durably, and nobody sees it. Not
   * together with `at`. Default: now.
   */
  readonly delay?: Duration;
  /** Deliver at this time, or at once when it is over. Not together with `delay`. Default: now. */
  readonly at?: Date;
  /**
   * Remove from the stream after this long, rounded up to whole seconds; counted from the delivery
   * when it is delayed. At least `'1s'`. Default: the stream's `maxAge`.
   */
  readonly ttl?: Duration;
  /** Sent along. Names that begin with `Nats-`, `ce-` or `jl-` are refused. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message to publish, or to return from a handler. */
export interface Outgoing<Type extends string = string> extends MessageOptions {
  readonly type: Type;
  readonly data: unknown;
  readonly id: string;
  readonly [hidden]: AnyDefinition;
}

/** Builds a message of `definition`. Cheap and never throws: encoding checks it. */
export function outgoing<Type extends string>(
  definition: AnyDefinition & { readonly type: Type },
  data: unknown,
  options: MessageOptions | undefined,
): Outgoing<Type> {
  const id = options?.id;
  const made = id === undefined ? uniqueId() : undefined;
  const message: Mutable<Outgoing<Type>> & { [madeUp]?: string | undefined; [unknown]?: object } = {
    type: definition.type,
    data,
    id: made ?? (id as string),
    [hidden]: definition,
    [madeUp]: made,
  };
  if (options?.delay !== undefined) message.delay = options.delay;
  if (options?.at !== undefined) message.at = options.at;
  if (options?.ttl !== undefined) message.ttl = options.ttl;
  if (options?.headers !== undefined) message.headers = options.headers;
  for (const name in options) if (!OPTIONS.includes(name)) message[unknown] = options;
  return message;
}

/** What is wrong with the names of the options that a message was built with. */
export function optionProblems(message: Outgoing): string[] {
  const options = (message as { [unknown]?: object })[unknown];
  return options === undefined ? [] : unknownOptions(options, OPTIONS);
}

/** Whether `value` was built by a definition, also by another copy of this package. */
export function isOutgoing(value: unknown): value is Outgoing {
  return typeof value === 'object' && value !== null && hidden in value;
}

/** The definition that built a message. */
export function definitionOf(message: Outgoing): AnyDefinition {
  return message[hidden];
}

/** Whether the caller chose the message's id, also in a copy, rather than leaving it to be made up. */
export function idGiven(message: Outgoing): boolean {
  return (message as { [madeUp]?: string | undefined })[madeUp] !== message.id;
}

const OPTIONS: readonly string[] = [
  'id',
  'delay',
  'at',
  'ttl',
  'headers',
] as const satisfies readonly (keyof MessageOptions)[];

/** The same message under an id that its caller chose. */
export function withId(message: Outgoing, id: string): Outgoing {
  return { ...message, id, [madeUp]: undefined } as Outgoing;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Where a message keeps its definition. */
export const hidden: unique symbol = Symbol.for('jetlane.definition');
/** The options of a message that has some which are none. */
const unknown: unique symbol = Symbol.for('jetlane.unknownOptions');
/** The id that was made up for a message, where its caller gave none. */
const madeUp: unique symbol = Symbol.for('jetlane.madeUpId');

/**
 * Type machinery that turns mistakes into plain words. A problem is a string literal type, so the
 * compiler prints it: `... is not assignable to type '"subject token {nope} is not a field of the
 * payload"'`. Nothing here exists at run time.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Definition } from './definition.ts';
import type { Message } from './message.ts';
import type { Stream } from './stream.ts';

/** Any Standard Schema: zod, valibot, arktype and others. */
// biome-ignore lint/suspicious/noExplicitAny: a constraint that every schema satisfies
export type Schema<In = any, Out = any> = StandardSchemaV1<In, Out>;
/** What a schema accepts. */
export type Input<S extends Schema> = StandardSchemaV1.InferInput<S>;
/** What a schema puts out. */
export type Output<S extends Schema> = StandardSchemaV1.InferOutput<S>;
/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;
/** Any event or command. */
// biome-ignore lint/suspicious/noExplicitAny: a definition takes its input and gives its output, so only any fits both
export type AnyDefinition = Definition<string, string, any, any>;
/** Subjects with wildcards. */
export type Patterns = readonly string[];
/** Any list of events and commands. */
export type Definitions = readonly AnyDefinition[];
/** Any stream. */
export type AnyStream = Stream<string, AnyDefinition, unknown>;

/** `Value`, or the problem in words when there is one. */
export type Check<Value, Problem> = [Problem] extends [never] ? Value : Problem;

/** `Tokens<'orders.placed.{orderId}'>` is `'orderId'`. */
export type Tokens<Subject extends string> = Subject extends `${string}{${infer T}}${infer Rest}`
  ? T | Tokens<Rest>
  : never;

/** Tokens that every given message has. */
export type SharedTokens<D extends AnyDefinition> = string &
  keyof (D extends D ? Record<Tokens<D['subject']>, unknown> : never);

/** The definitions that a stream carries. */
export type MessagesOf<S extends AnyStream> = S['messages'][number];
/** The message of each definition. */
export type MessageOf<D extends AnyDefinition> = D extends D ? Message<D> : never;
/** The payload of a definition, as handlers see it. */
export type DataOf<D extends AnyDefinition> = Output<D['schema']>;

/** Words for a schema whose output it would not accept itself. */
export type NotStable<S> = S extends Schema
  ? Output<S> extends Input<S>
    ? never
    : 'schema must accept its own output: move the transform into a handler'
  : never;

type NotInPayload<Token extends string, Data> = {
  [T in Token]: T extends keyof Data
    ? Data[T] extends string | number
      ? never
      : `payload field "${T}" must be a required string or number to fill {${T}}`
    : `subject token {${T}} is not a field of the payload`;
}[Token];

/** Words for a subject that its payload cannot fill. */
export type SubjectProblem<
  Subject extends string,
  Data,
> = Subject extends `${string}${'*' | '>' | ' '}${string}`
  ? `subject "${Subject}" must use {token} instead of a wildcard or space`
  : NotInPayload<Tokens<Subject>, Data>;

type Covers<Pattern extends string, Subject extends string> = string extends Pattern
  ? true
  : Pattern extends '>' | Subject
    ? true
    : Pattern extends `${infer P}.${infer PatternRest}`
      ? Subject extends `${infer S}.${infer SubjectRest}`
        ? P extends '*' | S
          ? Covers<PatternRest, SubjectRest>
          : false
        : false
      : Pattern extends '*'
        ? Subject extends `${string}.${string}`
          ? false
          : true
        : false;

/** Words for a message that none of a stream's subjects covers. Without subjects all are covered. */
export type NotCovered<Subjects extends string, D extends AnyDefinition> = [Subjects] extends [
  never,
]
  ? never
  : true extends Covers<Subjects, D['subject']>
    ? never
    : `no subject of this stream covers "${D['subject']}"`;

/** Words for a subject token that some message of a stream lacks. */
export type NotShared<Token extends string, D extends AnyDefinition> =
  Token extends SharedTokens<D>
    ? never
    : `not every message of this stream has the subject token {${Token}}`;

/** Words for a stream without partitions. */
export type NotPartitioned<S extends AnyStream> = [S['partitionedBy']] extends [never]
  ? `stream ${S['name']} has no partitions`
  : never;

/** Words for messages that a stream does not carry. */
export type NotCarried<
  S extends AnyStream,
  D extends AnyDefinition,
> = `stream ${S['name']} does not carry ${Exclude<D['type'], MessagesOf<S>['type']>}`;

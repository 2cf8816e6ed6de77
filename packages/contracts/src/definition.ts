import type {
  AnyDefinition,
  Check,
  Input,
  NotStable,
  Output,
  Schema,
  SubjectProblem,
} from './check.ts';
import { configInvalid } from './error.ts';
import type { MessageOptions, Outgoing } from './outgoing.ts';
import { outgoing } from './outgoing.ts';
import { show } from './show.ts';
import type { CompiledSubject } from './subject.ts';
import { compileSubject, templateProblems } from './subject.ts';
import { unknownOptions } from './suggestion.ts';
import { schemaProblems } from './validate.ts';
import type { HeadTemplate } from './wire-head.ts';

/** An event or command: constructor, schema, subject and version in one value. */
export interface Definition<Type extends string, Subject extends string, In, Out> {
  /** Builds a message and fixes its id. Cheap, never throws: `publish` validates. */
  (data: In, options?: MessageOptions): Outgoing<Type>;
  readonly kind: 'event' | 'command';
  readonly type: Type;
  readonly subject: Subject;
  /** Of the latest version. */
  readonly schema: Schema<In, Out>;
  /** 1, plus one for each `upcast`. Travels with the message. */
  readonly version: number;
  /**
   * Adds the next version: a stored message passes the old schema, `migrate`, then the new schema.
   * Append only; a released step is never edited. Throws `CONFIG_INVALID`.
   *
   * @example
   * ```ts
   * const OrderPlaced = event('OrderPlaced', { subject: 'orders.placed.{orderId}', schema: V1 })
   *   .upcast(V1.extend({ currency: z.string() }), (old) => ({ ...old, currency: 'EUR' }));
   * ```
   */
  upcast<S extends Schema>(
    schema: Check<S, NotStable<S> | SubjectProblem<Subject, Output<S>>>,
    migrate: (old: Out) => Input<S>,
  ): Definition<Type, Subject, Input<S>, Output<S>>;
}

/** Where a message goes and what it carries. */
export interface Contract<Subject extends string, S extends Schema> {
  /** Each `{token}` is filled from the required string or number field of that name. */
  subject: Check<Subject, SubjectProblem<Subject, Output<S>>>;
  /** Any Standard Schema that accepts its own output: only that travels, and readers recheck it. */
  schema: Check<S, NotStable<S>>;
}

/**
 * A fact, named in the past tense, for any number of handlers. `type` is its name on the wire: a
 * letter, then up to 63 letters, digits, `_`, `.` or `-`. Throws one `CONFIG_INVALID` listing every
 * problem.
 *
 * @example
 * ```ts
 * const OrderPlaced = event('OrderPlaced', {
 *   subject: 'orders.placed.{orderId}',
 *   schema: z.object({ orderId: z.string(), total: z.number() }),
 * });
 * OrderPlaced({ orderId: 'o-1', total: 42 });
 * ```
 */
export function event<const N extends string, const Sub extends string, S extends Schema>(
  type: N,
  contract: Contract<Sub, S>,
): Definition<N, Sub, Input<S>, Output<S>> {
  return define('event', type, contract) as unknown as Definition<N, Sub, Input<S>, Output<S>>;
}

/**
 * An order to act, for exactly one handler. Named in the imperative; otherwise like {@link event}.
 *
 * @example
 * ```ts
 * const ChargeCard = command('ChargeCard', {
 *   subject: 'cmd.cards.charge.{orderId}',
 *   schema: z.object({ orderId: z.string(), total: z.number() }),
 * });
 * ```
 */
export function command<const N extends string, const Sub extends string, S extends Schema>(
  type: N,
  contract: Contract<Sub, S>,
): Definition<N, Sub, Input<S>, Output<S>> {
  return define('command', type, contract) as unknown as Definition<N, Sub, Input<S>, Output<S>>;
}

/** What a definition knows beyond its public face; for the transport, not for applications. */
export interface Internals {
  readonly subject: CompiledSubject;
  /** One a version, oldest first. */
  readonly steps: readonly Step[];
  /** `ce-dataschema` of the latest version: `jetlane:OrderPlaced/2`. */
  readonly dataSchema: string;
  /** The headers that were written last, as far as they are the same for all messages. */
  head?: HeadTemplate | undefined;
}

/** One version of a message. */
export interface Step {
  readonly schema: Schema<unknown, unknown>;
  /** From the version before; undefined for the first. */
  readonly migrate: ((old: unknown) => unknown) | undefined;
}

/** See {@link Internals}. */
export function internalsOf(definition: AnyDefinition): Internals {
  return (definition as unknown as { [internals]: Internals })[internals];
}

/** Whether `value` was made by {@link event} or {@link command}, also by another copy of this package. */
export function isDefinition(value: unknown): value is AnyDefinition {
  return typeof value === 'function' && internals in value;
}

const internals: unique symbol = Symbol.for('jetlane.internals');
const CONTRACT = ['subject', 'schema'] as const satisfies readonly (keyof Contract<
  string,
  Schema
>)[];
const TYPE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

function define(
  kind: 'event' | 'command',
  type: string,
  contract: { readonly subject: unknown; readonly schema: unknown },
): AnyDefinition {
  const problems: string[] = [];
  if (typeof type !== 'string' || !TYPE.test(type)) {
    problems.push(
      'its name must be a letter, then up to 63 letters, digits, "_", "." or "-"; it travels as ce-type',
    );
  }
  if (typeof contract !== 'object' || contract === null) {
    problems.push('it needs { subject, schema }');
  } else {
    problems.push(...unknownOptions(contract, CONTRACT));
    problems.push(...templateProblems(contract.subject as string));
    problems.push(...schemaProblems(contract.schema, 'schema'));
  }
  if (problems.length > 0) throw configInvalid(`${kind} ${show(type)}`, problems);
  const schema = contract.schema as Schema<unknown, unknown>;
  const subject = compileSubject(contract.subject as string);
  return build(kind, type, subject, [{ schema, migrate: undefined }]);
}

function build(
  kind: 'event' | 'command',
  type: string,
  subject: CompiledSubject,
  steps: readonly Step[],
): AnyDefinition {
  const version = steps.length;
  const construct = (data: unknown, options?: MessageOptions): Outgoing =>
    outgoing(definition, data, options);
  Object.defineProperty(construct, 'name', { value: type });
  const hiddenPart: Internals = {
    subject,
    steps,
    dataSchema: `jetlane:${type}/${version}`,
  };
  const definition = Object.freeze(
    Object.assign(construct, {
      kind,
      type,
      subject: subject.template,
      schema: (steps.at(-1) as Step).schema,
      version,
      upcast: (schema: unknown, migrate: unknown) => {
        const problems = schemaProblems(schema, 'the new schema');
        if (typeof migrate !== 'function') problems.push('migrate must be a function');
        if (problems.length > 0) {
          throw configInvalid(`upcast of ${kind} ${type} to version ${version + 1}`, problems);
        }
        return build(kind, type, subject, [...steps, { schema, migrate } as Step]);
      },
      [internals]: hiddenPart,
    }),
  ) as unknown as AnyDefinition;
  return definition;
}

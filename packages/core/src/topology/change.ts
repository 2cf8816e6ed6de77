import type { Fields } from './stream-config.ts';

/** One field that differs. `undefined` stands for "not set". */
export interface FieldChange {
  /** The server's own name of it. */
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * What has to happen to one stream, consumer or schedule. `recreate`: a new one takes its place (a stream loses its messages, a
 * consumer keeps its position). `delete`: a schedule that its app declares no longer; starting an app leaves it. `forbidden`:
 * nothing that Jetlane may do makes the server match.
 */
export interface Change {
  readonly kind: 'stream' | 'consumer' | 'schedule';
  readonly name: string;
  /** Of a consumer. */
  readonly stream?: string;
  readonly action: 'create' | 'update' | 'recreate' | 'delete' | 'forbidden';
  readonly fields: readonly FieldChange[];
  /** Messages or redeliveries are at stake, or it cannot be undone: only with `allowDestructive`. */
  readonly destructive: boolean;
  /** What happens, in words. */
  readonly why: string;
  /** What to do instead. */
  readonly advice?: string;
  /** What the server will be asked for, whole. Empty when forbidden. */
  readonly config: Fields;
}

/** Something that is allowed and worth knowing. */
export interface PlanWarning {
  readonly kind: 'stream' | 'consumer';
  readonly name: string;
  readonly what: string;
  readonly advice: string;
}

/** The difference between what is declared and what the server has. Empty `changes`: nothing to do. */
export interface Plan {
  readonly changes: readonly Change[];
  readonly warnings: readonly PlanWarning[];
}

/** `stream ORDERS`, or `consumer billing of ORDERS`. */
export function nameOf(change: Pick<Change, 'kind' | 'name' | 'stream'>): string {
  return change.kind === 'consumer'
    ? `consumer ${change.name} of ${change.stream}`
    : `${change.kind} ${change.name}`;
}

/** One line: what happens to what, field by field. */
export function toLine(change: Change): string {
  const fields = change.fields.map(
    ({ field, from, to }) => `${field} ${show(from)} -> ${show(to)}`,
  );
  const list = fields.length === 0 || change.action === 'create' ? '' : ` [${fields.join(', ')}]`;
  return `${change.action} ${nameOf(change)}${list}: ${change.why}`;
}

function show(value: unknown): string {
  return value === undefined ? 'unset' : JSON.stringify(value);
}

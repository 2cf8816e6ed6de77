import type { AnyDefinition } from '@jetlane/contracts';
import type { AnyHandler } from './handler.ts';

/** Any list of handlers that can work with this transaction. */
export type AnyHandlers<Tx> = readonly AnyHandler<Tx>[];

/** The definitions that a handler takes. */
export type HandledBy<H> = H extends {
  readonly messages: readonly (infer D extends AnyDefinition)[];
}
  ? D
  : never;

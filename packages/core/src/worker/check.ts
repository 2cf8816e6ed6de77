import type { AnyDefinition } from '@jetlane/contracts';
import type { Handler } from './handler.ts';

/** Any list of handlers. */
export type AnyHandlers = readonly Handler<AnyDefinition>[];

/** The definitions that a handler takes. */
export type HandledBy<H> = H extends Handler<infer D extends AnyDefinition> ? D : never;

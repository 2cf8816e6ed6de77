import { printed } from '../printed.ts';

/** A value as its author wrote it: a text in quotes. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : printed(value);
}

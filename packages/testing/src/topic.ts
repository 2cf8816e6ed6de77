import { event, type StreamOptions, stream } from '@jetlane/core';

/** The payload of every scenario. */
export interface Item {
  /** Becomes a subject token. */
  readonly key: string;
  readonly n: number;
  /** For payloads of any size. */
  readonly text?: string | undefined;
}

/** One scenario's stream, with two events of its own. */
export type Topic = ReturnType<typeof topic>;

/**
 * A stream that no other scenario has: unique name, subjects and types. `Sent` goes in, `Derived` is for what handlers
 * return.
 */
export function topic(options: Partial<Settings> = {}) {
  const id = nextId();
  // The types see a fixed prefix, so that tokens and filters are checked; the values differ.
  const prefix = `topic${id}` as 'topic';
  const Sent = event(`Sent${id}` as 'Sent', {
    subject: `${prefix}.sent.{key}` as const,
    schema: itemSchema,
  });
  const Derived = event(`Derived${id}` as 'Derived', {
    subject: `${prefix}.derived.{key}` as const,
    schema: itemSchema,
  });
  const Stream = stream(`T_${id.toUpperCase()}` as 'TOPIC', {
    ...options,
    subjects: [`${prefix}.>` as const],
    messages: [Sent, Derived],
  });
  return { id, prefix, Sent, Derived, Stream, durable: (name: string) => `${name}-${id}` };
}

/** Accepts exactly an {@link Item}. Written by hand: the suite needs no schema library. */
export const itemSchema = {
  '~standard': {
    version: 1 as const,
    vendor: 'jetlane',
    validate(value: unknown): { value: Item } | { issues: { message: string; path: string[] }[] } {
      const { key, n, text } = (value ?? {}) as Partial<Record<keyof Item, unknown>>;
      if (typeof key !== 'string')
        return { issues: [{ message: 'must be a string', path: ['key'] }] };
      if (typeof n !== 'number') return { issues: [{ message: 'must be a number', path: ['n'] }] };
      return { value: typeof text === 'string' ? { key, n, text } : { key, n } };
    },
    types: undefined as { readonly input: Item; readonly output: Item } | undefined,
  },
};

type Settings = Omit<StreamOptions<readonly string[], readonly []>, 'subjects' | 'messages'>;

let count = 0;
const start = Math.floor(Math.random() * 36 ** 6);

/** Unique in this process, and in all likelihood among those that share a server. */
function nextId(): string {
  count++;
  return `${start.toString(36)}x${count.toString(36)}`;
}

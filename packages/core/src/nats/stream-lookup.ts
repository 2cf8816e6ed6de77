import type { Connection } from './connection.ts';

/** Finds out which stream stores a subject. */
export interface StreamLookup {
  /** The stream's name; null when there is none; undefined when JetStream does not answer. Calls for one subject share a request. */
  find(subject: string): Promise<string | null | undefined>;
}

/** A lookup through the JetStream API. */
export function streamLookup({ nc, apiPrefix }: Connection): StreamLookup {
  const asking = new Map<string, Promise<string | null | undefined>>();

  async function ask(subject: string): Promise<string | null | undefined> {
    try {
      const answer = await nc.request(`${apiPrefix}.STREAM.NAMES`, JSON.stringify({ subject }), {
        timeout: 2_000,
      });
      const { streams, error } = answer.json<{ streams?: string[] | null; error?: unknown }>();
      return error === undefined ? (streams?.[0] ?? null) : undefined;
    } catch {
      return undefined;
    } finally {
      asking.delete(subject);
    }
  }

  return {
    find(subject) {
      const known = asking.get(subject);
      if (known !== undefined) return known;
      const answer = ask(subject);
      asking.set(subject, answer);
      return answer;
    },
  };
}

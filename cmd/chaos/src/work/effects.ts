/** Effects that handlers commit in the inbox's own transaction, and how to count them afterwards. */
import type { Connection } from '@jetlane/core';

/** The inbox of the workers. */
export const INBOX = 'crew-inbox';

/** Where one commit of a task writes: another key each time, so that a second commit is seen and hides nothing. */
export function effectKey(id: string, by: string): string {
  const nonce = Math.floor(Math.random() * 36 ** 8).toString(36);
  return `effect.${id}.${by}-${nonce}`;
}

/** How often each task's effect was committed. */
export async function effects({ jsm }: Connection): Promise<ReadonlyMap<string, number>> {
  const prefix = `$KV.${INBOX}.effect.`;
  const { state } = await jsm.streams.info(`KV_${INBOX}`, { subjects_filter: `${prefix}>` });
  const counts = new Map<string, number>();
  for (const subject of Object.keys(state.subjects ?? {})) {
    const [id = ''] = subject.slice(prefix.length).split('.');
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** A message as a page shows it: where it lies, when it was meant to be sent, what it says. Pure. */
import type { TrailEntry } from '#wire';

/** A message of the streams, read or heard. */
export interface TrailMessage {
  readonly stream: string;
  readonly seq: number;
  readonly subject: string;
  readonly type: string;
  readonly storedAtMs: number;
  readonly data: unknown;
}

/** More of a message than this nobody reads in a list. */
const TEXT_MAX = 700;
/** When a message was meant to be sent stands in one of these. */
const SENT_FIELDS = ['takenAtMs', 'requestedAtMs', 'matchedAtMs', 'madeAtMs', 'atMs'] as const;

/** Makes the entry. */
export function trailEntry({ data, ...message }: TrailMessage): TrailEntry {
  const fields = (data ?? {}) as Readonly<Record<string, unknown>>;
  const sent = SENT_FIELDS.map((name) => fields[name]).find((value) => typeof value === 'number');
  const text = JSON.stringify(data) ?? '';
  return {
    ...message,
    sentAtMs: typeof sent === 'number' ? sent : null,
    text: text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text,
  };
}

/** Names of drivers and rides: one token of a subject, and nothing that is a wildcard. */
export function isTrailId(id: unknown): id is string {
  return typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id);
}

/** What asks for attention, and whether all was looked at. Pure. */
import type { ConsumerRow, Snapshot } from '../../src/wire.ts';
import { count, counted } from '../kit/format.ts';
import { hashOf } from '../route.ts';

/** Something that asks for attention, and where. */
export interface Concern {
  readonly where: string;
  readonly href: string;
  readonly what: string;
  readonly tone: 'warn' | 'alarm' | 'accent';
}

/** Consumers that somebody should work for. */
export function workedFor({ streams }: Pick<Snapshot, 'streams'>): ConsumerRow[] {
  return streams.flatMap(({ consumers }) => consumers).filter(({ kind }) => kind !== 'guard');
}

/** All that asks for attention in what was read; the worst first. */
export function concernsOf(snapshot: Pick<Snapshot, 'streams' | 'deadLetters'>): Concern[] {
  const letters = snapshot.deadLetters
    .filter((stream) => stream.count > 0)
    .map(({ name, count: kept, exact }) => ({
      where: name,
      href: hashOf('dead-letters', [name]),
      what: `${exact ? '' : 'up to '}${counted(kept, 'dead letter')}`,
      tone: 'alarm' as const,
    }));
  const copies = snapshot.streams.flatMap(({ name, copiesProblem }): Concern[] => {
    const place = { where: name, href: hashOf('streams', [name]) };
    return copiesProblem === null ? [] : [{ ...place, what: copiesProblem, tone: 'alarm' }];
  });
  const stuck = workedFor(snapshot).flatMap(({ stream, name, attention, paused }): Concern[] => {
    const place = { where: `${stream} / ${name}`, href: hashOf('streams', [stream, name]) };
    if (paused) return [{ ...place, what: 'paused', tone: 'accent' }];
    return attention === null ? [] : [{ ...place, what: attention, tone: 'warn' }];
  });
  return [...letters, ...copies, ...stuck];
}

/**
 * Where one has looked, as words that follow `nothing`; null where it was everywhere. Only then is what was not found not there.
 */
export function lookedAt({
  gaps,
  streams,
  streamsTotal,
}: Pick<Snapshot, 'gaps' | 'streams' | 'streamsTotal'>): string | null {
  if (gaps.length > 0) return 'in what could be read; what could not is listed above';
  if (streamsTotal > streams.length)
    return `in the first ${count(streams.length)} of ${count(streamsTotal)} streams`;
  return null;
}

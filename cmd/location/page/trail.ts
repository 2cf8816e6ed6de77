/** The messages of the one driver or ride that is selected, newest first, and how long each took. */
import type { TrailEntry, TrailOf } from './wire.ts';

/** A message as the card lists it. */
export interface TrailLine extends TrailEntry {
  /** From the intended send to the stream; null where the message does not say when that was. */
  readonly storedMs: number | null;
  /** From the intended send to this page; null for what was stored before the page asked. */
  readonly pageMs: number | null;
}

/** The list. */
export interface Trail {
  readonly lines: readonly TrailLine[];
  /** The past has come, or why it has not. */
  readonly phase: 'reading' | 'ready';
  readonly problem: string | undefined;
  begin(of: TrailOf | undefined): void;
  past(of: TrailOf, entries: readonly TrailEntry[], problem: string | undefined): void;
  add(of: TrailOf, entry: TrailEntry, cityMs: number): void;
}

/** More nobody scrolls through. */
const LINES_MAX = 60;

/** Of nobody. */
export function trail(): Trail {
  let current: TrailOf | undefined;
  let lines: readonly TrailLine[] = [];
  let phase: 'reading' | 'ready' = 'reading';
  let problem: string | undefined;
  const isCurrent = ({ of, id }: TrailOf) => of === current?.of && id === current.id;
  return {
    get lines() {
      return lines;
    },
    get phase() {
      return phase;
    },
    get problem() {
      return problem;
    },
    begin(of) {
      [current, lines, phase, problem] = [of, [], 'reading', undefined];
    },
    past(of, entries, why) {
      if (!isCurrent(of)) return;
      [phase, problem] = ['ready', why];
      if (why !== undefined && lines.length > 0) return; // after a reconnect the old ones are better than none
      lines = entries
        .map((entry) => line(entry, null))
        .reverse()
        .slice(0, LINES_MAX);
    },
    add(of, entry, cityMs) {
      if (!isCurrent(of)) return;
      const pageMs = entry.sentAtMs === null ? null : cityMs - entry.sentAtMs;
      lines = [line(entry, pageMs), ...lines].slice(0, LINES_MAX);
    },
  };
}

/** Three clocks are compared, which may differ by a little: nothing is stored before it is sent, nor here before it is stored. */
function line(entry: TrailEntry, pageMs: number | null): TrailLine {
  const storedMs = entry.sentAtMs === null ? null : Math.max(0, entry.storedAtMs - entry.sentAtMs);
  return { ...entry, storedMs, pageMs: pageMs === null ? null : Math.max(storedMs ?? 0, pageMs) };
}

/** Notices that nothing flows any more, and where: at the stream, or between the stream and the map. Pure but for what it is told. */
import type { Stall } from '#figures';
import type { StreamStanding } from './consumer-watch.ts';

/** What is looked at, once a second. */
export interface Flow {
  readonly nowMs: number;
  /** For how long no report was confirmed while some waited for it; 0: they are, or none waits. */
  readonly unheardMs: number;
  /** Reports confirmed so far. */
  readonly confirmed: number;
  /** Positions that came to the map so far; undefined: there is none. */
  readonly mapped: number | undefined;
  readonly stream: StreamStanding;
}

/** Sooner it is nothing to speak of. */
const STALL_MS = 2000;
/** So many more confirmed, and the map got none of them: one or two may be on their way. */
const MAP_BEHIND = 10;

/** Makes what looks. */
export function stallWatch(): (flow: Flow) => Stall | null {
  let last = { mapped: -1, confirmed: 0, atMs: 0 };

  /** For how long the map got nothing of what was confirmed since. */
  function mapUnheardMs({ nowMs, confirmed, mapped }: Flow): number {
    if (mapped === undefined) return 0;
    if (mapped !== last.mapped) last = { mapped, confirmed, atMs: nowMs };
    else if (confirmed === last.confirmed) last.atMs = nowMs;
    return confirmed - last.confirmed > MAP_BEHIND ? nowMs - last.atMs : 0;
  }

  return (flow) => {
    const { unheardMs, stream } = flow;
    const mapMs = mapUnheardMs(flow);
    if (unheardMs >= STALL_MS) return { where: 'stream', forMs: unheardMs, ...stream };
    return mapMs >= STALL_MS ? { where: 'map', forMs: mapMs, ...stream } : null;
  };
}

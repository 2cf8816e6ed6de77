import {
  type BlockEvent,
  type BreakerEvent,
  diagnostics,
  type PolicyEvent,
  type Running,
} from '@jetlane/core';
import { messageOf } from '../failure.ts';

/** One line a second for each thing to say, whatever happens. */
const EVERY_MS = 1_000;

/**
 * Writes a line when a breaker opens or closes, when the event loop stood still, and when a function among a worker's options is
 * broken. Returns how to stop.
 */
export function startAlarms(write: (line: string) => void): () => void {
  const toldMs = new Map<string, number>();
  const seldom = (what: string, line: string) => {
    const nowMs = performance.now();
    if (nowMs - (toldMs.get(what) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
    toldMs.set(what, nowMs);
    write(line);
  };
  const onBreaker = (event: unknown) => {
    const { worker, state, error } = event as BreakerEvent;
    if (state === 'open')
      seldom(
        `open ${worker}`,
        `${worker}: breaker open, it waits before it calls again: ${messageOf(error)}`,
      );
    else if (state === 'closed') seldom(`closed ${worker}`, `${worker}: breaker closed`);
  };
  const onBlock = (event: unknown) => {
    const { durationMs, blocking, running } = event as BlockEvent;
    const who = (blocking === undefined ? running : [blocking]).map(named).join(', ');
    const why =
      who === ''
        ? 'no handler ran: this machine, or other code of this process, is too busy'
        : `${who}; move long computations to a worker thread`;
    seldom('block', `the event loop stood still for ${durationMs} ms: ${why}`);
  };
  const onPolicy = (event: unknown) => {
    const { worker, option, error } = event as PolicyEvent;
    seldom(
      `${worker} ${option}`,
      `${worker}: '${option}' failed and was ignored: ${messageOf(error)}`,
    );
  };
  diagnostics.breaker.subscribe(onBreaker);
  diagnostics.block.subscribe(onBlock);
  diagnostics.policy.subscribe(onPolicy);
  return () => {
    diagnostics.breaker.unsubscribe(onBreaker);
    diagnostics.block.unsubscribe(onBlock);
    diagnostics.policy.unsubscribe(onPolicy);
  };
}

function named({ worker, types }: Running): string {
  return `${worker} (${types.join(', ')})`;
}

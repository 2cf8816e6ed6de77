import { isJetlaneError, JetlaneError, type Message } from '@jetlane/contracts';
import type { Outcome } from './decide.ts';

/** Whether the late result of a call was refused. */
export function isFenced(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && isJetlaneError(outcome.error, 'FENCED');
}

/** A message arrived that the worker's filter lets through and none of its handlers takes. */
export function unhandled(worker: string, { type }: Message): JetlaneError {
  return new JetlaneError(
    'TYPE_UNKNOWN',
    `worker '${worker}' has no handler for ${type}; add on(${type}, ...) or narrow its filter`,
  );
}

/** What handlers are aborted with at the end of a drain. */
export function stopped(worker: string, timeoutMs: number): JetlaneError {
  return new JetlaneError(
    'CLOSED',
    `worker '${worker}' stopped waiting for its handlers after ${timeoutMs} ms`,
  );
}

/** What becomes of a message that was not handled in time, where none can be given back. */
export function dropped(worker: string): JetlaneError {
  return new JetlaneError(
    'CLOSED',
    `worker '${worker}' stopped before the message was handled, and its ackPolicy is 'none': it does not come again`,
  );
}

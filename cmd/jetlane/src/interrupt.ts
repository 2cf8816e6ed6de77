import { exitCodes } from './failure.ts';

/** Signals that ask a command to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM';

/** Who handles SIGINT and SIGTERM. Until a command takes them they end the process at once. */
export interface Interrupt {
  /** Resolves with the first signal; each later one calls `force`, half a second later at the earliest. */
  take(force: () => void): Promise<EndSignal>;
  /** Stops listening, so that the process may end. */
  release(): void;
}

const ECHO_MS = 500;
const EXIT_CODE: Readonly<Record<EndSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Listens on the process. A signal that comes again within {@link ECHO_MS} is the same wish: shells, containers and
 * supervisors often send one to a process and to its group.
 */
export function processInterrupt(): Interrupt {
  let first: ((signal: EndSignal) => void) | undefined;
  let force: (() => void) | undefined;
  let takenMs = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    const known = signal as EndSignal;
    if (first !== undefined) {
      first(known);
      first = undefined;
      takenMs = performance.now();
    } else if (force === undefined) process.exit(EXIT_CODE[known]);
    else if (performance.now() - takenMs >= ECHO_MS) force();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    take(onSecond) {
      force = onSecond;
      return new Promise((resolve) => {
        first = resolve;
      });
    },
    release() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/**
 * A signal for work that may be ended: the first SIGINT or SIGTERM aborts it, another one ends the process with exit code 130.
 * `interrupted()` tells whether one came.
 */
export function abortOnInterrupt(interrupt: Interrupt): {
  readonly controller: AbortController;
  readonly interrupted: () => boolean;
} {
  const controller = new AbortController();
  let interrupted = false;
  void interrupt
    .take(() => process.exit(exitCodes.interrupted))
    .then(() => {
      interrupted = true;
      controller.abort();
    });
  return { controller, interrupted: () => interrupted };
}

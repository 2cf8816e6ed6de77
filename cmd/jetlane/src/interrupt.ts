/** Signals that ask a command to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM';

/** Who handles SIGINT and SIGTERM. Until a command takes them they end the process at once. */
export interface Interrupt {
  /** Resolves with the first signal; each later one calls `force`. */
  take(force: () => void): Promise<EndSignal>;
  /** Stops listening, so that the process may end. */
  release(): void;
}

const EXIT_CODE: Readonly<Record<EndSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Listens on the process. */
export function processInterrupt(): Interrupt {
  let first: ((signal: EndSignal) => void) | undefined;
  let force: (() => void) | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const known = signal as EndSignal;
    if (first !== undefined) {
      first(known);
      first = undefined;
    } else if (force !== undefined) force();
    else process.exit(EXIT_CODE[known]);
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

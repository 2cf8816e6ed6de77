/** What every actor does: read its options, say when it is ready, report when it is asked to finish. */
import type { Word } from '../actor.ts';

/** How an actor talks to the program. */
export interface Cue {
  /** Says that the run may begin. */
  ready(): void;
  /** Resolves when the program asks to begin, if it does: it may have something to do between ready and that. */
  readonly begin: Promise<void>;
  /** Resolves when the program asks to come to an end. */
  readonly finish: Promise<void>;
}

/**
 * Runs an actor with the options of its first argument. What `act` returns is its report. It ends at once when the program
 * that started it is gone.
 */
export async function play<O>(act: (options: O, cue: Cue) => Promise<unknown>): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  const told = (what: string) =>
    new Promise<void>((resolve) => {
      process.on('message', (message) => message === what && resolve());
    });
  const [begin, finish] = [told('begin'), told('finish')];
  try {
    const options = JSON.parse(process.argv[2] ?? '{}') as O;
    const report = await act(options, { ready: () => void tell({ says: 'ready' }), begin, finish });
    await tell({ says: 'report', report: report ?? null });
    process.exit(0);
  } catch (error) {
    await tell({ says: 'failed', why: error instanceof Error ? `${error.stack}` : String(error) });
    process.exit(1);
  }
}

function tell(word: Word): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(word, undefined, {}, () => resolve());
  });
}

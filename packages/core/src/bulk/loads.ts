import { configInvalid, JetlaneError } from '@jetlane/contracts';
import { bulkProblems, type PublishAllOptions } from './bulk-options.ts';
import type { BulkReport } from './bulk-report.ts';
import { type BulkSource, Load, type LoadSurroundings } from './load.ts';

/** The calls of `publishAll` that are under way in one client. */
export class Loads {
  readonly #running = new Map<Load, Promise<unknown>>();
  #isOver = false;

  /** @throws JetlaneError `CONFIG_INVALID`, and what ended the load */
  async run(
    source: BulkSource,
    options: PublishAllOptions,
    surroundings: LoadSurroundings,
  ): Promise<BulkReport> {
    const problems = bulkProblems(source, options);
    if (problems.length > 0) throw configInvalid('client.publishAll()', problems);
    const load = new Load(source, options, surroundings);
    if (this.#isOver) load.stop(closing());
    const running = load.run().finally(() => this.#running.delete(load));
    this.#running.set(
      load,
      running.catch(() => {}),
    );
    return running;
  }

  /** None of them reads any further. */
  stop(): void {
    this.#isOver = true;
    for (const load of this.#running.keys()) load.stop(closing());
  }

  /** Resolves when all have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}

function closing(): JetlaneError {
  return new JetlaneError(
    'CLOSED',
    'the client is closing: nothing more is published; load it again with a new client, under the same ids',
  );
}

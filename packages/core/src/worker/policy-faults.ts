import { wordsOf } from '../dead-letters/record.ts';
import { diagnostics } from '../diagnostics.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** Tells about functions of a worker's options that throw or give nonsense: each time to whoever listens, else once as a warning. */
export class PolicyFaults {
  readonly #spec: WorkerSpec;
  readonly #warned = new Set<string>();

  constructor(spec: WorkerSpec) {
    this.#spec = spec;
  }

  report(option: string, error: unknown): void {
    const { name, stream } = this.#spec;
    if (diagnostics.policy.hasSubscribers) {
      diagnostics.policy.publish({ worker: name, stream: stream.name, option, error });
      return;
    }
    if (this.#warned.has(option)) return;
    this.#warned.add(option);
    process.emitWarning(
      `'${option}' of worker '${name}' failed and was ignored: ${wordsOf(error)}`,
      { code: 'JETLANE_POLICY_BROKEN' },
    );
  }
}

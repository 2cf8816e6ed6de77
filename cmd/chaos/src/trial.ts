/** One run of one fault, from an empty stage to a result, whatever happens in between. */
import type { Fault, Nodes, Outcome, Size } from './fault.ts';
import { Interrupted, RunFailure } from './run-failure.ts';
import { Stage } from './stage.ts';
import { verdict } from './verdict.ts';

/** What is tried. */
export interface Trial {
  readonly fault: Fault;
  readonly seed: number;
  readonly size: Size;
  readonly nodes: Nodes;
}

/** What came of it. */
export interface Result {
  readonly name: Fault['name'];
  readonly seed: number;
  readonly size: Size;
  readonly nodes: Nodes;
  /** Undefined when the run could not be brought to its end. */
  readonly outcome: Outcome | undefined;
  readonly ok: boolean;
  /** Why it is not ok, a sentence each. */
  readonly problems: readonly string[];
  readonly durationMs: number;
  /** Of the nats-server, if one was started. */
  readonly serverVersion: string | undefined;
}

/**
 * Runs a fault to its end or its time limit, and clears everything away.
 *
 * @throws Interrupted when `signal` aborts
 */
export async function tryFault(
  { fault, seed, size, nodes }: Trial,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<Result> {
  const startedMs = performance.now();
  const limit = new AbortController();
  const over = AbortSignal.any([signal, limit.signal]);
  const timer = setTimeout(() => limit.abort(), fault.limitMs[size]);
  const stage = await Stage.open({ seed, size, nodes, signal: over, say });
  let outcome: Outcome | undefined;
  let problems: readonly string[];
  try {
    outcome = await Promise.race([fault.run(stage), aborted(over)]);
    problems = verdict(outcome).problems;
  } catch (error) {
    if (signal.aborted) throw new Interrupted('interrupted');
    const words = error instanceof RunFailure ? error.message : String((error as Error).stack);
    const late = limit.signal.aborted ? `it took longer than ${fault.limitMs[size]} ms` : words;
    problems = [`the run did not come to its end: ${late}`];
  } finally {
    clearTimeout(timer);
    limit.abort();
    await stage.close();
  }
  const durationMs = Math.round(performance.now() - startedMs);
  const { serverVersion } = stage;
  const ok = problems.length === 0;
  return { name: fault.name, seed, size, nodes, outcome, ok, problems, durationMs, serverVersion };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new Interrupted('interrupted'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

import { RunStopped } from './run-failure.ts';

/** @throws RunStopped when the run was stopped */
export function assertGoesOn(stopped: AbortSignal): void {
  if (stopped.aborted) throw new RunStopped();
}

/**
 * Resolves as `coming` does, unless the run is stopped before: then it rejects at once.
 *
 * @throws RunStopped when the run was stopped
 */
export async function unlessStopped<Value>(
  coming: Promise<Value>,
  stopped: AbortSignal,
): Promise<Value> {
  let halt: () => void = () => {};
  const halted = new Promise<void>((resolve) => {
    halt = resolve;
    if (stopped.aborted) resolve();
    else stopped.addEventListener('abort', halt, { once: true });
  });
  await Promise.race([coming, halted]);
  stopped.removeEventListener('abort', halt);
  if (!stopped.aborted) return coming;
  coming.catch(() => {}); // nobody waits for it any more
  assertGoesOn(stopped);
  return coming;
}

import { type Clock, realClock } from './clock.ts';

/** Resolves when `work` has ended, well or not, or after `limitMs`. */
export async function within(
  limitMs: number,
  work: Promise<unknown>,
  clock: Pick<Clock, 'after'> = realClock,
): Promise<void> {
  let cancel: (() => void) | undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(limitMs, resolve);
  });
  const ended = work.then(
    () => {},
    () => {},
  );
  await Promise.race([ended, late]).finally(() => cancel?.());
}

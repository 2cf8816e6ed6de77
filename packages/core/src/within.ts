/** Resolves when `work` has ended, well or not, or after `limitMs`. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  const ended = work.then(
    () => {},
    () => {},
  );
  await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}

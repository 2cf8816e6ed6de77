import { containerEngine } from './testcontainers.ts';

/**
 * Why no container can be started here, in words; undefined where one can. For tests that say why they were skipped.
 *
 * @example
 * const obstacle = await containerObstacle();
 * it('works against a real server', async ({ skip }) => {
 *   if (obstacle) skip(obstacle);
 *   await using server = await startNatsContainer();
 * });
 */
export async function containerObstacle(): Promise<string | undefined> {
  return containerEngine().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

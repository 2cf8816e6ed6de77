/** What a nats-server executable says of itself, and whether that is new enough. */
import type { RunCommand } from './command.ts';

/** The oldest server that Jetlane works with. */
export const SERVER_VERSION_MIN = '2.14.0';

/** The version that is fetched where a version can be named. */
export const SERVER_VERSION = '2.15.1';

const VERSION_TIMEOUT_MS = 5_000;

/** Runs `path --version`. Rejects when it is not a nats-server or older than `SERVER_VERSION_MIN`. */
export async function readVersion(path: string, run: RunCommand): Promise<string> {
  const { stdout } = await run(path, ['--version'], {
    timeoutMs: VERSION_TIMEOUT_MS,
  });
  const version = /^nats-server: v(\d+\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
  if (version === undefined) {
    throw new Error(
      `${path} is not a nats-server: --version says "${stdout.trim().slice(0, 80)}", expected "nats-server: v2..."`,
    );
  }
  if (compareVersions(version, SERVER_VERSION_MIN) < 0) {
    throw new Error(`${path} is nats-server ${version}, ${SERVER_VERSION_MIN} or later is needed`);
  }
  return version;
}

/** Negative when `a` is older than `b`, positive when newer, 0 when equal. A pre-release counts as its release. */
export function compareVersions(a: string, b: string): number {
  const left = numbers(a);
  const right = numbers(b);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(version: string): number[] {
  return (version.split(/[-+]/)[0] ?? '').split('.').map(Number);
}

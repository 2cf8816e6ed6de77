/** The official release for this platform, checked against that release's own SHA256SUMS. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVER_VERSION } from '../binary.ts';
import { addToCache, binaryName, withScratch } from '../cache.ts';
import type { FindContext, Way } from '../way.ts';

const RELEASES = 'https://github.com/nats-io/nats-server/releases/download';
const ANSWER_TIMEOUT_MS = 5_000;
const UNPACK_TIMEOUT_MS = 30_000;
const ARCHIVE_BYTES_MAX = 128 * 1024 * 1024;

/** Fetches the release; does not apply where there is none for the platform. */
export const githubWay: Way = {
  via: 'github',
  timeoutMs: 120_000,
  fetches: true,
  async find(context) {
    const name = releaseName(context.platform, context.arch);
    if (name === undefined) return undefined;
    const archive = `${name}.${context.platform === 'win32' ? 'zip' : 'tar.gz'}`;
    const base = `${RELEASES}/v${SERVER_VERSION}`;
    context.log(`fetching ${base}/${archive}`);

    const sums = (await download(context, `${base}/SHA256SUMS`)).toString('utf8');
    const expected = checksumOf(sums, archive);
    if (expected === undefined)
      throw new Error(`the release's SHA256SUMS does not name ${archive}`);
    const bytes = await download(context, `${base}/${archive}`, (doneBytes, totalBytes) =>
      context.progress({ what: `fetching ${archive}`, doneBytes, totalBytes }),
    );
    const actual = createHash('sha256').update(bytes).digest('hex');
    if (actual !== expected) {
      throw new Error(`${archive} has SHA-256 ${actual}, the release says ${expected}: not used`);
    }

    return withScratch(context, async (directory) => {
      await writeFile(join(directory, archive), bytes);
      const { run, signal } = context;
      const options = { cwd: directory, signal, timeoutMs: UNPACK_TIMEOUT_MS };
      await run('tar', ['-xf', archive], options);
      const source = join(directory, name, binaryName(context.platform));
      return addToCache(context, source, 'github');
    });
  },
};

/** The release's name for a platform, without extension; undefined when none is published. */
export function releaseName(platform: NodeJS.Platform, arch: string): string | undefined {
  const systems: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
  const machines: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };
  const system = systems[platform];
  const machine = machines[arch];
  if (system === undefined || machine === undefined) return undefined;
  return `nats-server-v${SERVER_VERSION}-${system}-${machine}`;
}

/** The checksum that a SHA256SUMS file gives for `file`. */
export function checksumOf(sums: string, file: string): string | undefined {
  for (const line of sums.split('\n')) {
    const [sum, name] = line.trim().split(/\s+\*?/);
    if (name === file && /^[0-9a-f]{64}$/i.test(sum ?? '')) return sum?.toLowerCase();
  }
  return undefined;
}

// An answer must begin within seconds; the body may take as long as the way may.
async function download(
  { fetch, signal }: FindContext,
  url: string,
  tell: (doneBytes: number, totalBytes: number | undefined) => void = () => {},
): Promise<Buffer> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), ANSWER_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([silence.signal, signal]) });
    clearTimeout(timer);
    if (!response.ok || response.body === null) {
      throw new Error(`${url} answers ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    // Of a body that was compressed on its way it counts other bytes.
    const counts = response.headers.get('content-encoding') === null;
    const total = counts ? Number(response.headers.get('content-length')) || undefined : undefined;
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > ARCHIVE_BYTES_MAX) throw new Error(`${url} is over ${ARCHIVE_BYTES_MAX} bytes`);
      chunks.push(chunk);
      tell(size, total);
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    if (silence.signal.aborted) {
      throw new Error(`${url} does not answer in ${ANSWER_TIMEOUT_MS} ms`, { cause });
    }
    throw new Error(`${url}: ${reasonOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

// fetch says only "fetch failed"; what failed is in its cause.
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}

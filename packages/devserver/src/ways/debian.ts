/**
 * Debian's newest `nats-server` package, from its unstable suite on the mirror that this machine already uses.
 *
 * apt reads a source list and keeps its state in a directory of ours, so nothing on the system changes, root
 * is not needed, and no `apt-get update` must have run. apt checks the suite's signature and the package's
 * checksum; `dpkg -x` unpacks it. Nothing is installed.
 */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addToCache, withScratch } from '../cache.ts';
import type { FindContext, ServerBinary, Way } from '../way.ts';

const APT = '/etc/apt';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const ASK_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_S = 5;
const FETCH_TIMEOUT_MS = 90_000;

/** Fetches Debian's package; does not apply on other systems. */
export const debianWay: Way = {
  via: 'debian',
  timeoutMs: 150_000,
  fetches: true,
  async find(context) {
    if (context.platform !== 'linux') return undefined;
    return withScratch(context, (directory) => fetchPackage(context, directory));
  },
};

/** The mirror of Debian itself among the addresses of apt's configuration; undefined when there is none. */
export function debianMirror(configuration: string): string | undefined {
  const lines = configuration.split('\n').filter((line) => !/^\s*#/.test(line));
  const addresses = lines.flatMap((line) => line.match(/\b[a-z+]+:\/\S+/g) ?? []);
  // Cloud images name a file that lists mirrors: mirror+file:///etc/apt/mirrors/debian.list
  return addresses.find((address) => /\/debian(\.list)?\/?$/.test(address));
}

async function fetchPackage(context: FindContext, directory: string): Promise<ServerBinary> {
  const { run, signal, log } = context;
  const { stdout } = await run('dpkg', ['--print-architecture'], {
    timeoutMs: ASK_TIMEOUT_MS,
    signal,
  });
  const mirror = debianMirror(await readSources()) ?? debianMirror(await listTargets(context));
  if (mirror === undefined) throw new Error('apt has no Debian mirror configured');

  const apt = await aptOptions(directory, mirror, stdout.trim());
  const options = {
    cwd: directory,
    signal,
    timeoutMs: FETCH_TIMEOUT_MS,
    env: context.env,
  };
  log(`fetching the package list of Debian unstable from ${mirror}`);
  await counted(context, directory, 'fetching the package list of Debian unstable', () =>
    run('apt-get', [...apt, 'update', '-qq'], options),
  );
  log(`fetching Debian's nats-server package from ${mirror}`);
  await counted(context, directory, "fetching Debian's nats-server package", () =>
    run('apt-get', [...apt, 'download', '-qq', 'nats-server'], options),
  );

  const file = (await readdir(directory)).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get download left no package');
  const unpacked = join(directory, 'unpacked');
  await run('dpkg', ['-x', file, unpacked], options);
  for (const place of ['usr/sbin', 'usr/bin']) {
    const names: string[] = await readdir(join(unpacked, place)).catch(() => []);
    if (names.includes('nats-server')) {
      return addToCache(context, join(unpacked, place, 'nats-server'), 'debian');
    }
  }
  throw new Error(`${file} contains no nats-server`);
}

const LOOK_EVERY_MS = 300;

/**
 * Tells how much a command has written below a directory: apt itself says so to terminals only. It unpacks what it fetched and
 * removes the rest, so the most that was there counts.
 */
async function counted(
  { progress }: FindContext,
  directory: string,
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  progress({ what });
  const before = await bytesBelow(directory);
  let most = 0;
  const timer = setInterval(async () => {
    most = Math.max(most, (await bytesBelow(directory)) - before);
    progress({ what, doneBytes: most });
  }, LOOK_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

/** Files come and go meanwhile: what cannot be looked at counts nothing. */
async function bytesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory()
      ? bytesBelow(path)
      : stat(path).then(
          ({ size }) => size,
          () => 0,
        );
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function readSources(): Promise<string> {
  const parts: string[] = await readdir(join(APT, 'sources.list.d')).catch(() => []);
  const files = [
    join(APT, 'sources.list'),
    ...parts.sort().map((name) => join(APT, 'sources.list.d', name)),
  ];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.join('\n');
}

// Slower, and empty before the first update, but it also knows sources that are kept elsewhere.
async function listTargets({ run, signal }: FindContext): Promise<string> {
  const args = ['indextargets', '--format', '$(REPO_URI)'];
  return (await run('apt-get', args, { timeoutMs: ASK_TIMEOUT_MS, signal })).stdout;
}

async function aptOptions(directory: string, mirror: string, arch: string): Promise<string[]> {
  const list = join(directory, 'sid.list');
  const lists = join(directory, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(directory, 'cache', 'archives', 'partial'), {
    recursive: true,
  });
  const signed = await readFile(KEYRING).then(
    () => ` signed-by=${KEYRING}`,
    () => '',
  );
  await writeFile(list, `deb [arch=${arch}${signed}] ${mirror} sid main\n`);
  const settings = [
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=/dev/null',
    'Dir::Etc::Preferences=/dev/null',
    'Dir::Etc::PreferencesParts=/dev/null',
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${join(directory, 'cache')}`,
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false',
    'APT::Update::Error-Mode=any',
    'Acquire::Retries=0',
    `Acquire::http::Timeout=${CONNECT_TIMEOUT_S}`,
    `Acquire::https::Timeout=${CONNECT_TIMEOUT_S}`,
  ];
  return settings.flatMap((setting) => ['-o', setting]);
}

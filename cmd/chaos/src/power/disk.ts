/**
 * A disk whose power can be cut: an ext4 image on a loop device. Cutting is the shutdown ioctl of ext4 without a flush of its
 * journal: from then on nothing reaches the image, and what was only in memory is gone with the mount. Needs root on Linux.
 */
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, existsSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RunFailure } from '../run-failure.ts';

/** A mounted disk. */
export interface Disk {
  /** Where it is mounted. */
  readonly path: string;
  /** Writes out all that waits in memory, as the kernel does by itself every half a minute. */
  sync(): Promise<void>;
  /** Takes the power away. Whoever writes to it should have been stopped. Resolves with whether writing fails now. */
  cut(): Promise<boolean>;
  /** Gives the power back: mounts what the image holds; ext4 replays its journal. */
  restore(): Promise<void>;
  /** Unmounts it. Again is fine. */
  remove(): Promise<void>;
}

const SIZE_BYTES = 512 * 2 ** 20;
/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH. Node has no ioctl. */
const CUT = `import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))`;

const run = promisify(execFile);

/** Makes a fresh disk in a folder and mounts it there. */
export async function makeDisk(folder: string): Promise<Disk> {
  const image = join(folder, 'disk.img');
  const path = join(folder, 'disk');
  await mkdir(path, { recursive: true });
  const file = await open(image, 'w');
  await file.truncate(SIZE_BYTES);
  await file.close();
  await command('mkfs.ext4', ['-q', '-F', image]);
  // A second Ctrl-C ends the program at once, and must not leave a mount behind.
  const atExit = () => void spawnSync('umount', ['-l', path]);
  const mount = async () => {
    await command('mount', ['-o', 'loop', image, path]);
    process.on('exit', atExit);
  };
  const unmount = async () => {
    process.off('exit', atExit);
    await command('umount', [path]);
  };
  await mount();
  let mounted = true;
  return {
    path,
    sync: () => command('sync', ['-f', path]),
    async cut() {
      await command('python3', ['-c', CUT, path]);
      return writeFile(join(path, 'after-the-cut'), '').then(
        () => false,
        () => true,
      );
    },
    async restore() {
      await unmount();
      await mount();
    },
    async remove() {
      if (!mounted) return;
      mounted = false;
      await unmount().catch(() => command('umount', ['-l', path]));
    },
  };
}

/** Why there can be no such disk on this machine, in words; undefined when there can. */
export function diskObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'it needs ext4, so Linux';
  if (process.getuid?.() !== 0) return 'it needs root, to mount a disk of its own';
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices here';
  const missing = ['mkfs.ext4', 'mount', 'umount', 'python3'].filter((tool) => !isThere(tool));
  if (missing.length > 0) return `${missing.join(', ')} is missing here`;
  // Root in a container may still not mount.
  const probe = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
  return probe.status === 0 ? undefined : 'this root may not mount anything';
}

function isThere(tool: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':');
  return folders.some((folder) => {
    try {
      accessSync(join(folder, tool));
      return true;
    } catch {
      return false;
    }
  });
}

async function command(name: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  await run(name, [...args], { env }).catch((error: Error & { stderr?: string }) => {
    throw new RunFailure(`${name} failed: ${error.stderr?.trim() || error.message}`);
  });
}

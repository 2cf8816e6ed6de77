/** Tells when one of some files changes, also when an editor replaces it. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A running watch. */
export interface FileWatch {
  /** Watches these files from now on, instead of those before. */
  follow(files: readonly string[]): void;
  stop(): void;
}

const SETTLE_MS = 150;

/** Calls `changed` once after each burst of changes. Watches directories: an editor may write a new file in place of the old. */
export function watchFiles(files: readonly string[], changed: () => void): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  let names = new Map<string, Set<string>>();
  let timer: NodeJS.Timeout | undefined;

  function notice(directory: string, name: string | null): void {
    // Some systems do not say which file: then any may be the one.
    if (name !== null && !names.get(directory)?.has(name)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  }

  function open(directory: string): FSWatcher | undefined {
    try {
      const watcher = watch(directory, (_event, name) => notice(directory, name));
      watcher.on('error', () => watchers.delete(directory));
      return watcher;
    } catch {
      return undefined; // the directory is gone: its files come back with the next `follow`
    }
  }

  function follow(next: readonly string[]): void {
    names = byDirectory(next);
    for (const [directory, watcher] of watchers) {
      if (names.has(directory)) continue;
      watcher.close();
      watchers.delete(directory);
    }
    for (const directory of names.keys()) {
      const watcher = watchers.has(directory) ? undefined : open(directory);
      if (watcher !== undefined) watchers.set(directory, watcher);
    }
  }

  follow(files);
  return {
    follow,
    stop() {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

function byDirectory(files: readonly string[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const file of files) {
    const directory = dirname(file);
    const set = names.get(directory) ?? new Set();
    names.set(directory, set.add(basename(file)));
  }
  return names;
}

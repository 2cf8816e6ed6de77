/**
 * The keys of a terminal while lines are drawn over on it: not echoed, since that would move what is drawn, and thrown away, but for those
 * that end or stop a program. They do what the terminal does with them otherwise.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The keys of a terminal. */
export interface Keys {
  /** Takes them, unless the program runs in the background. Again is fine. */
  take(): void;
  /** Gives them back. Again is fine. */
  release(): void;
}

/** Whose keys, and what is told of stops. */
export interface KeysOptions {
  readonly stdin: NodeJS.ReadStream;
  /** The program is about to be stopped: it should leave the terminal as it found it. */
  readonly onStop: () => void;
  /** It goes on after it was stopped. */
  readonly onContinue: () => void;
  /** Whether it may have the keys. Default: it runs in the foreground of its terminal. */
  readonly foreground?: () => boolean;
  /** Sends a signal; 0: to all processes of the group, as a terminal does. */
  readonly kill?: (pid: number, signal: NodeJS.Signals) => void;
}

/** Ctrl-C, Ctrl-Z and Ctrl-\\ */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  '\u0003': 'SIGINT',
  '\u001a': 'SIGTSTP',
  '\u001c': 'SIGQUIT',
};
/** One stop is told in two ways. */
const SAME_STOP_MS = 200;

/** Takes nothing yet. */
export function keys({
  stdin,
  onStop,
  onContinue,
  foreground = inForeground,
  kill = process.kill,
}: KeysOptions): Keys {
  let live = false;
  let raw = false;
  let asleep = false;
  let continuedMs = Number.NEGATIVE_INFINITY;

  const cook = () => {
    if (!raw) return;
    raw = false;
    stdin.off('data', pressed).off('error', gone);
    stdin.setRawMode(false);
    stdin.pause();
  };
  const pressed = (data: Buffer) => {
    for (const key of data.toString('latin1')) {
      const signal = SIGNALS[key];
      if (signal === undefined) continue;
      if (signal !== 'SIGINT') restore(); // before a shell has the terminal
      kill(0, signal);
    }
  };
  const restore = () => {
    cook();
    onStop();
  };
  const take = () => {
    if (!live) process.on('SIGTSTP', stopped).on('SIGCONT', goesOn);
    live = true;
    const able = stdin.isTTY === true && typeof stdin.setRawMode === 'function';
    if (raw || !able || !foreground()) return;
    raw = true;
    stdin.setRawMode(true);
    stdin.on('data', pressed).on('error', gone);
    stdin.resume();
    stdin.unref();
  };
  const stopped = () => {
    restore();
    asleep = true;
    // The system's own answer, which is none where nobody could let it go on.
    process.off('SIGTSTP', stopped);
    kill(process.pid, 'SIGTSTP');
    if (live) process.on('SIGTSTP', stopped);
    setTimeout(goesOn, SAME_STOP_MS / 2).unref();
  };
  const goesOn = () => {
    const nowMs = performance.now();
    if (!live || nowMs - continuedMs < SAME_STOP_MS) return;
    continuedMs = nowMs;
    if (!asleep) onStop(); // nobody has told before
    asleep = false;
    forget();
    take();
    onContinue();
  };
  return {
    take,
    release() {
      live = false;
      process.off('SIGTSTP', stopped).off('SIGCONT', goesOn);
      cook();
    },
  };
}

let known: boolean | undefined;
/** The terminal was closed, and the program goes on without. */
const gone = () => {};
const forget = () => {
  known = undefined;
};

/** Whether this process may change its terminal: in the background it would be stopped for it. */
function inForeground(): boolean {
  if (process.platform === 'win32') return false; // nobody could tell the other processes
  try {
    if (process.platform !== 'linux') {
      // Asking is dear there.
      known ??= ask().includes('+');
      return known;
    }
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return false;
  }
}

function ask(): string {
  const args = ['-o', 'stat=', '-p', String(process.pid)];
  return execFileSync('ps', args, { encoding: 'utf8', timeout: 2000 });
}

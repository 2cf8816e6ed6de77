/** What a process has used so far, by the operating system's own accounting (Linux). */
import { readFileSync } from 'node:fs';

/** Bytes that went through a process's system calls. */
export interface Traffic {
  /** Read: for a client, what came from its socket. */
  readonly inBytes: number;
  /** Written: for a client, what went to its socket. */
  readonly outBytes: number;
  /** Handed to the block layer. */
  readonly diskBytes: number;
}

/** Of a process, so far; of this one by default. Zeros where the system does not say. */
export function trafficOf(pid: number | 'self' = 'self'): Traffic {
  try {
    return parseIo(readFileSync(`/proc/${pid}/io`, 'utf8'));
  } catch {
    return { inBytes: 0, outBytes: 0, diskBytes: 0 };
  }
}

/** The text of `/proc/PID/io`. */
export function parseIo(text: string): Traffic {
  const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    inBytes: field('rchar'),
    outBytes: field('wchar'),
    diskBytes: field('write_bytes'),
  };
}

/** Resident memory of these processes in bytes, all together. Zero where the system does not say. */
export function residentBytesOf(pids: readonly number[]): number {
  try {
    return pids.reduce(
      (sum, pid) => sum + parseResident(readFileSync(`/proc/${pid}/status`, 'utf8')),
      0,
    );
  } catch {
    return 0;
  }
}

/** The text of `/proc/PID/status`. */
export function parseResident(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Live bytes of a Go program's heap, from its own profile page after a garbage collection. */
export function parseHeap(text: string): number {
  return Number(/^# HeapAlloc = (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}

/** The value below which this share of them lies; not a number for none. Sorts the array. */
export function quantile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

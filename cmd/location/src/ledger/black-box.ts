/**
 * What a process handled and has not reported yet, in a file that outlives a kill -9. Positions are
 * written in the turn in which they were handled, before the acknowledgement can reach the server; so
 * whatever the server counts as acknowledged is in a report or in here. Two files take turns: one is
 * emptied when the report of what it holds has left the process. A few kilobytes, however long it runs.
 */
import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The writing end. */
export interface BlackBox {
  note(seq: number): void;
  /** A report of all so far is being made; call what this returns when it has left the process. */
  turn(): () => void;
}

/** Opens the black box of this process in a directory; `name` tells whose it is. */
export function blackBox(directory: string, name: string): BlackBox {
  const files = ['a', 'b'].map((side) =>
    openSync(join(directory, `${name}.${process.pid}.${side}`), 'a'),
  );
  process.once('exit', () => {
    for (const file of files) closeSync(file);
  });
  let [current, other] = files as [number, number];
  let fresh: number[] = [];
  const write = () => {
    if (fresh.length === 0) return;
    writeSync(current, new Float64Array(fresh));
    fresh = [];
  };
  return {
    note(seq) {
      if (fresh.push(seq) === 1) queueMicrotask(write);
    },
    turn() {
      write();
      const reported = current;
      [current, other] = [other, current];
      return () => ftruncateSync(reported, 0); // opened for appending: the next write starts anew
    },
  };
}

/** Everything in the black boxes of this name: one position or many, in no order, some of them reported before. */
export function readBlackBoxes(directory: string, name: string): number[] {
  return readdirSync(directory)
    .filter((file) => file.startsWith(`${name}.`))
    .flatMap((file) => {
      const bytes = readFileSync(join(directory, file));
      const whole = bytes.subarray(0, bytes.length - (bytes.length % 8));
      return [...new Float64Array(new Uint8Array(whole).buffer)];
    });
}

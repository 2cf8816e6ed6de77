/** Real viewers for a measurement: WebSockets in processes of their own, since reading costs as much as sending. */
import { type Latencies, latencies } from '../ledger/latency.ts';
import { RunFailure } from '../run/run-failure.ts';
import { type LoadProcess, loadProcess } from './load-process.ts';
import type { ViewersCounts, ViewersOrder, ViewersWord } from './protocol.ts';

/** The crowd. */
export interface ViewerLoad {
  /** Sums over all processes; at most a quarter of a second old. */
  readonly counts: ViewersCounts;
  /** From the intended send time of a report to its position read from the socket. */
  readonly latencies: Latencies;
  stop(): Promise<void>;
}

/** Viewers that one process plays. */
const EACH_MAX = 500;

/**
 * Opens so many viewers and resolves when all are connected.
 *
 * @throws RunFailure when one gets no connection
 */
export async function startViewerLoad(options: Omit<ViewersOrder, 'label'>): Promise<ViewerLoad> {
  const all = latencies();
  const counts: ViewersCounts[] = [];
  const parts = Math.ceil(options.viewers / EACH_MAX);
  const starts = Array.from({ length: parts }, (_, label) => {
    const viewers = Math.floor((options.viewers + label) / parts);
    let process: LoadProcess | undefined;
    const begun = new Promise<void>((resolve, reject) => {
      const hear = (word: ViewersWord) => {
        if (word.word === 'ready') return resolve();
        if (word.word === 'failed') return reject(new RunFailure(word.sentence));
        counts[label] = word;
        all.merge(word.latencies);
      };
      process = loadProcess(
        'viewers-main',
        (message) => hear(message as ViewersWord),
        () => reject(new RunFailure('a process of viewers ended')),
      );
      process.say({ ...options, viewers, label } satisfies ViewersOrder);
    });
    begun.catch(() => {}); // seen below, or it ends with the others
    return { process: process as unknown as LoadProcess, begun };
  });
  const stop = async () => {
    await Promise.all(starts.map(({ process }) => process.end()));
  };
  try {
    await Promise.all(starts.map(({ begun }) => begun));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    latencies: all,
    get counts() {
      return sumOf(counts);
    },
    stop,
  };
}

function sumOf(counts: readonly ViewersCounts[]): ViewersCounts {
  const total = (field: keyof ViewersCounts) => counts.reduce((sum, one) => sum + one[field], 0);
  return {
    open: total('open'),
    closed: total('closed'),
    frames: total('frames'),
    rows: total('rows'),
    cpuUs: total('cpuUs'),
  };
}

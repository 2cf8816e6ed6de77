/** Feeds one target in a thread of its own, whose memory is bounded and which can be ended where an input never ends. */
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type FuzzOptions, type FuzzResult, fuzz, replayCommand } from './fuzz.ts';
import { targetOf } from './targets.ts';

/** What a thread may take: one input that takes longer hangs. */
const HANG_MS = 20_000;
const HEAP_MAX_MIB = 256;

type Job = Pick<FuzzOptions, 'seed' | 'from' | 'count'> & { readonly target: string };

/** Feeds a target, and resolves to what came of it, whatever that is. */
export async function fuzzInThread(job: Job): Promise<FuzzResult> {
  const progress = new SharedArrayBuffer(4);
  const numbers = new Int32Array(progress);
  const beganMs = performance.now();
  const thread = new Worker(fileURLToPath(import.meta.url), {
    workerData: { ...job, progress },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MIB },
  });
  let last = -1;
  let sinceMs = beganMs;
  try {
    return await new Promise<FuzzResult>((resolve) => {
      const fail = (why: string) => resolve(failed(job, numbers[0] ?? 0, why, beganMs));
      const watch = setInterval(() => {
        const number = Atomics.load(numbers, 0);
        if (number !== last) sinceMs = performance.now();
        last = number;
        if (performance.now() - sinceMs > HANG_MS) fail(`it did not end within ${HANG_MS} ms`);
      }, 1_000);
      thread.once('message', resolve);
      thread.once('error', (error) => fail(String(error.stack ?? error)));
      thread.once('exit', () => {
        clearInterval(watch);
        fail('its thread ended');
      });
    });
  } finally {
    await thread.terminate();
  }
}

function failed(job: Job, number: number, why: string, beganMs: number): FuzzResult {
  const { target, seed, from } = job;
  const replay = replayCommand(target, { seed, from: number, count: 1 });
  return {
    target,
    seed,
    inputs: number - from,
    tookMs: Math.round(performance.now() - beganMs),
    slowestMs: 0,
    grownBytes: 0,
    failure: { number, why, inputHex: '', replay },
  };
}

if (!isMainThread) {
  const { progress, target, ...options } = workerData as Job & { progress: SharedArrayBuffer };
  const numbers = new Int32Array(progress);
  const found = targetOf(target);
  if (found !== undefined) {
    const began = (number: number) => Atomics.store(numbers, 0, number);
    parentPort?.postMessage(await fuzz(found, { ...options, began }));
  }
}

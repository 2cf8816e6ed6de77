/** Feeds a target with inputs, each from its seed and its number alone, and says at the first that it cannot take. */
import { setImmediate as otherWork } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isJetlaneError } from '@jetlane/core';
import { Dice } from '../simulation/dice.ts';

/** Something that has to take anything. */
export interface FuzzTarget<Input = unknown> {
  readonly name: string;
  /** Makes an input. */
  make(dice: Dice): Input;
  /** Throws, or rejects, when what is under test does not take it as it should. */
  run(input: Input): void | Promise<void>;
  /** The bytes or the words of an input. */
  show(input: Input): Uint8Array | string;
}

/** What to feed. */
export interface FuzzOptions {
  readonly seed: number;
  /** The number of the first input. */
  readonly from: number;
  readonly count: number;
  /** Called with the number of each input before it is tried. */
  readonly began?: (number: number) => void;
}

/** An input that was not taken. */
export interface FuzzFailure {
  readonly number: number;
  readonly why: string;
  readonly inputHex: string;
  readonly replay: string;
}

/** What a target took. */
export interface FuzzResult {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  readonly tookMs: number;
  /** The input that took longest. */
  readonly slowestMs: number;
  /** How much the heap in use grew from a tenth of the way to the end. */
  readonly grownBytes: number;
  readonly failure: FuzzFailure | undefined;
}

/** No input may take longer. */
const INPUT_MAX_MS = 2_000;
/** Nor may all of them together leave more behind. */
const GROWTH_MAX_BYTES = 64 * 1024 * 1024;
const HEX_MAX = 20_000;

/** After so many inputs what they began in the background gets its turn: it would pile up. */
const TURN_INPUTS = 256;

/** See the head of this file. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, from, count, began } = options;
  const dice = new Dice(seed).of(target.name);
  const beganMs = performance.now();
  let slowestMs = 0;
  let baseBytes = 0;
  let failure: FuzzFailure | undefined;
  let number = from;
  for (; number < from + count && failure === undefined; number++) {
    if (number === from + Math.floor(count / 10)) baseBytes = heapBytes();
    began?.(number);
    if (number % TURN_INPUTS === 0) await otherWork();
    const input = target.make(dice.of(String(number)));
    const startMs = performance.now();
    let why: string | undefined;
    try {
      await target.run(input);
    } catch (error) {
      why = error instanceof Error ? String(error.stack ?? error.message) : String(error);
    }
    const tookMs = performance.now() - startMs;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > INPUT_MAX_MS) why ??= `it took ${Math.round(tookMs)} ms`;
    if (why !== undefined) failure = { number, why, ...traceOf(target, input, seed, number) };
  }
  const grownBytes = heapBytes() - baseBytes;
  if (failure === undefined && grownBytes > GROWTH_MAX_BYTES)
    failure = {
      number,
      why: `the heap grew by ${grownBytes} bytes`,
      inputHex: '',
      replay: replayCommand(target.name, { seed, from, count }),
    };
  const tookMs = Math.round(performance.now() - beganMs);
  return {
    target: target.name,
    seed,
    inputs: number - from,
    tookMs,
    slowestMs,
    grownBytes,
    failure,
  };
}

/** How to try inputs again. */
export function replayCommand(
  target: string,
  { seed, from, count }: Pick<FuzzOptions, 'seed' | 'from' | 'count'>,
): string {
  return `npm run fuzz -- --target ${target} --seed ${seed} --from ${from} --count ${count}`;
}

/** Calls it, and lets errors of ours with one of these codes pass. Undefined when it threw one. */
export function refusing<T>(codes: readonly string[], call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (isJetlaneError(error) && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** Throws unless it holds. */
export function assert(holds: boolean, words: string): asserts holds {
  if (!holds) throw new Error(words);
}

function traceOf(target: FuzzTarget, input: unknown, seed: number, number: number) {
  const shown = target.show(input);
  const bytes = typeof shown === 'string' ? Buffer.from(shown) : Buffer.from(shown);
  return {
    inputHex: bytes.toString('hex').slice(0, HEX_MAX),
    replay: replayCommand(target.name, { seed, from: number, count: 1 }),
  };
}

/** What is still in use, once what is not has been collected. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

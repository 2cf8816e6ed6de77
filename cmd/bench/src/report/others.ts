/** The parts of a report that are about others: rivals, and synchronous calls. */
import { measureFlow } from '../flow/play.ts';
import { TROUBLES } from '../flow/trouble.ts';
import { BenchFailure } from '../frame/failure.ts';
import type { Stage } from '../frame/stage.ts';
import { measureComparison } from '../rivals/compare.ts';
import type { Data } from './line.ts';

/** How long each takes. */
interface RoundSizes {
  readonly rounds: number;
  readonly roundMs: number;
}

/** Offered to each rival, a second. */
const RATES = [1_000, 10_000];
const SIZE = 128;
const KEYS = 1_000;
/** Orders a second: what three services and a customer on two cores carry without a queue. */
const ORDERS_PER_SECOND = 200;

/** Jetlane and all rivals that this machine has. */
export async function compared(
  stage: Stage,
  { rounds, roundMs: durationMs }: RoundSizes,
): Promise<Data['compared']> {
  const about = { rounds, durationMs, rates: RATES, size: SIZE };
  const rows = await measureComparison(stage, { ...about, keys: KEYS, warmUp: true });
  whole(stage);
  return { ...about, rows };
}

/** One order flow, as REST and as events. */
export async function orderFlow(
  stage: Stage,
  { rounds, roundMs: durationMs }: RoundSizes,
): Promise<Data['orderFlow']> {
  const rate = ORDERS_PER_SECOND;
  const rows = await measureFlow(stage, { rate, durationMs, rounds, payment: TROUBLES });
  whole(stage);
  return { rate, rows };
}

/** An interrupted part is not kept: it would replace one that was measured to its end. */
function whole({ signal }: Stage): void {
  if (signal.aborted) throw new BenchFailure('interrupted: this part is left as it was');
}

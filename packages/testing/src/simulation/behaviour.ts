/** What handlers do in a simulated run: succeed, throw, take their time, hang, or take their process with them. */
import { type Context, event, type Outgoing, stream } from '@jetlane/core';
import { plainSchema } from '../plain-schema.ts';
import type { Dice } from './dice.ts';
import type { Call, Referee } from './referee.ts';
import { resultId } from './referee.ts';
import type { SimProcess } from './sim-process.ts';
import type { Timeline } from './timeline.ts';

/** What travels. */
export interface Payload {
  readonly key: string;
  readonly n: number;
}

/** What it costs to validate is not the matter here. */
const schema = plainSchema<Payload>(() => true);

/** What workers handle. */
export const Sent = event('Sent', { subject: 'sim.{key}', schema });
/** What they return. */
const Made = event('Made', { subject: 'made.{key}', schema });

/** Where both are kept, as a worker sees it, with so many partitions; none where that is 0. */
export function streamOf(partitions: number) {
  const options = { subjects: ['sim.>', 'made.>'], messages: [Sent, Made] };
  if (partitions === 0) return stream('SIM', options);
  return stream('SIM', { ...options, partitions: { by: 'key', count: partitions } });
}

/** What a handler needs to know of its run. */
export interface Stage {
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly referee: Referee;
  readonly healed: () => boolean;
}

/** Handles messages together: one, or a batch. */
export function perform(
  { timeline, dice, referee, healed }: Stage,
  process: SimProcess,
  calls: readonly Call[],
  context: Context,
): Outgoing[] | Promise<Outgoing[]> {
  for (const call of calls) referee.begins(call);
  const acts = calls.map((call) => actOf(dice, call, referee.callsOf(call.message), healed()));
  const results = calls.flatMap(({ message }) =>
    Array.from({ length: message.results }, (_, index) =>
      Made({ key: message.key, n: message.n }, { id: resultId(message, index) }),
    ),
  );
  const end = () => {
    if (process.dead) return results;
    if (acts.some(({ kind }) => kind === 'kill')) {
      process.kill();
      return results;
    }
    if (acts.some(({ kind }) => kind === 'fail')) {
      for (const call of calls) referee.ends(call);
      if (acts.some(({ how }) => how === 'reject')) context.reject('rejected');
      if (acts.some(({ how }) => how === 'later')) context.retry('700ms');
      throw new Error('failed on purpose');
    }
    for (const call of calls) referee.succeeds(call);
    return results;
  };
  const tookMs = Math.max(...acts.map(({ durationMs }) => durationMs));
  if (tookMs === 0) return end();
  return new Promise((resolve, reject) => {
    // What comes after its timeout counts for nothing, and a new attempt may be running.
    const late = () => {
      for (const call of calls) referee.ends(call);
    };
    context.signal.addEventListener('abort', late, { once: true });
    timeline.after(
      tookMs,
      () => {
        if (context.signal.aborted) return resolve(results);
        try {
          resolve(end());
        } catch (error) {
          reject(error);
        }
      },
      process,
    );
  });
}

interface Act {
  readonly kind: 'succeed' | 'fail' | 'kill';
  readonly how?: 'throw' | 'reject' | 'later';
  readonly durationMs: number;
}

function actOf(dice: Dice, { message }: Call, calls: number, healed: boolean): Act {
  const own = dice.of(`${message.id} ${calls}`);
  const durationMs = durationOf(own, message.nature === 'slow' && !healed);
  switch (message.nature) {
    case 'poison':
      return { kind: 'fail', how: own.chance(0.2) ? 'later' : 'throw', durationMs };
    case 'rejected':
      return { kind: 'fail', how: 'reject', durationMs };
    case 'killer':
      return { kind: 'kill', durationMs };
    case 'shaky':
      return own.chance(0.6) && !healed
        ? { kind: 'fail', how: own.chance(0.2) ? 'later' : 'throw', durationMs }
        : { kind: 'succeed', durationMs };
    default:
      return { kind: 'succeed', durationMs };
  }
}

/** Mostly at once or soon; what is slow may outlast the timeout and the ack wait. */
function durationOf(dice: Dice, slow: boolean): number {
  if (slow) return dice.pick([400, 1_500, 2_900, 9_000]);
  return dice.chance(0.4) ? 0 : dice.between(1, 150);
}

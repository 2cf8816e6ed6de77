import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../test/advance.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { Gate } from './gate.ts';
import { Throttle } from './throttle.ts';

const each = (count: number, perMs: number, burst = count) => ({
  count,
  perMs,
  burst,
  keyOf: () => '',
});
const all = (count: number, perMs: number, burst = count) => ({
  count,
  perMs,
  burst,
  keyOf: undefined,
});

/** A gate behind a throttle, whose work ends as soon as it begins. The key is what stands before the colon. */
function throttled(limits: readonly (ReturnType<typeof each> | ReturnType<typeof all>)[]) {
  const clock = new ManualClock();
  const startMs = clock.now();
  const begun: string[] = [];
  const gate: Gate<string> = new Gate<string>(
    100,
    (work) => {
      begun.push(`${work.join('+')} @${clock.now() - startMs}`);
      gate.leave();
    },
    { isOpen: true, admit: (work, alone) => throttle.admit(work, alone) },
  );
  const throttle: Throttle<string> = new Throttle<string>({
    limits,
    clock,
    keyOf: ([name], { keyOf }) => (keyOf === undefined ? '' : (name?.split(':')[0] as string)),
    again: (work, alone) => gate.again(work, alone),
  });
  return { clock, gate, throttle, begun };
}

describe('a throttle', () => {
  it('spaces what is beyond the burst, in order', () => {
    const { clock, gate, begun, throttle } = throttled([all(2, 1_000)]);
    for (const name of ['a', 'b', 'c', 'd']) gate.enter([name]);
    expect(begun).toEqual(['a @0', 'b @0']);
    expect(throttle.waiting).toBe(2);
    advance(clock, 5_000);
    expect(begun).toEqual(['a @0', 'b @0', 'c @500', 'd @1000']);
    expect(throttle.waiting).toBe(0);
  });

  it('holds back one key and lets others pass', () => {
    const { clock, gate, begun } = throttled([each(1, 1_000)]);
    for (const name of ['hot:1', 'hot:2', 'cold:1', 'hot:3', 'cold:2']) gate.enter([name]);
    expect(begun).toEqual(['hot:1 @0', 'cold:1 @0']);
    advance(clock, 2_000);
    expect(begun.slice(2).toSorted()).toEqual(['cold:2 @1000', 'hot:2 @1000', 'hot:3 @2000']);
  });

  it('keeps to a limit for all and one for each key at the same time', () => {
    const { clock, gate, begun } = throttled([all(4, 400, 1), each(1, 1_000)]);
    for (const name of ['a:1', 'a:2', 'b:1', 'c:1', 'b:2']) gate.enter([name]);
    advance(clock, 3_000);
    expect(begun).toEqual(['a:1 @0', 'b:1 @100', 'c:1 @200', 'a:2 @1000', 'b:2 @1100']);
  });

  it('counts a batch by its messages', () => {
    const { clock, gate, begun } = throttled([all(4, 1_000)]);
    gate.enter(['a', 'b', 'c']);
    gate.enter(['d', 'e', 'f']);
    advance(clock, 5_000);
    expect(begun).toEqual(['a+b+c @0', 'd+e+f @500']);
  });

  it('lets work that runs alone wait its turn without stopping the rest', () => {
    const { clock, gate, begun } = throttled([each(1, 1_000)]);
    gate.enter(['a:1']);
    gate.enterAlone(['a:2']);
    gate.enter(['b:1']);
    advance(clock, 1_000);
    expect(begun).toEqual(['a:1 @0', 'b:1 @0', 'a:2 @1000']);
  });

  it('gives what waits once it is closed, and refuses what would', () => {
    const { clock, gate, begun, throttle } = throttled([all(1, 1_000)]);
    for (const name of ['a', 'b', 'c']) gate.enter([name]);
    const refused: string[] = [];
    expect(throttle.close(([name]) => refused.push(name as string))).toEqual([['b'], ['c']]);
    gate.enter(['d']);
    advance(clock, 60_000);
    gate.enter(['e']);
    gate.enter(['f']);
    expect(begun).toEqual(['a @0', 'e @60000']);
    expect(refused).toEqual(['d', 'f']);
    expect(throttle.waiting).toBe(0);
  });

  it('begins everything once, in the order of its key, and then remembers nothing', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 });
    const limits = fc.constantFrom(
      [each(2, 300)],
      [all(3, 100, 1)],
      [all(5, 100), each(1, 700)],
      [each(3, 50, 1), all(2, 90)],
    );
    fc.assert(
      fc.property(limits, names, fc.infiniteStream(fc.nat(150)), (given, keys, pauses) => {
        const { clock, gate, begun, throttle } = throttled(given);
        for (const [n, key] of keys.entries()) {
          gate.enter([`${key}:${n}`]);
          advance(clock, pauses.next().value as number);
        }
        advance(clock, 100_000);
        const numbers = (key: string) =>
          begun.flatMap((one) => (one.startsWith(key) ? [Number(/:(\d+)/.exec(one)?.[1])] : []));
        expect(begun).toHaveLength(keys.length);
        for (const key of new Set(keys))
          expect(numbers(key)).toEqual(numbers(key).toSorted((a, b) => a - b));
        expect(throttle.waiting).toBe(0);
      }),
    );
  });
});

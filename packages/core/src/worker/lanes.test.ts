import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';
import { type Laned, lanes } from './lanes.ts';

interface Item extends Laned {
  key: string;
  number: number;
}

const item = (key: string, number: number): Item => ({
  key,
  number,
  next: undefined,
  last: undefined,
});

describe('lanes', () => {
  it('start one item of a key at a time, in the order given', () => {
    const started: number[] = [];
    const line = lanes<Item>(({ number }) => started.push(number));
    for (const number of [1, 2, 3]) line.push('a', item('a', number));
    expect(started).toEqual([1]);
    line.done('a');
    line.done('a');
    expect(started).toEqual([1, 2, 3]);
  });

  it('start different keys at once', () => {
    const started: string[] = [];
    const line = lanes<Item>(({ key }) => started.push(key));
    for (const key of ['a', 'b', 'c']) line.push(key, item(key, 1));
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('keep nothing of a key that has nothing to do', () => {
    const line = lanes<Item>(() => {});
    line.push('a', item('a', 1));
    line.push('a', item('a', 2));
    line.done('a');
    line.done('a');
    expect(line.busy).toBe(0);
  });

  it('keep nothing of a million keys once they are done', () => {
    let started = 0;
    const line = lanes<Item>(() => started++);
    let most = 0;
    for (let n = 0; n < 1_000_000; n++) {
      line.push(`key-${n}`, item('', n));
      if (n % 3 === 0) {
        line.push(`key-${n}`, item('', n));
        line.done(`key-${n}`);
      }
      most = Math.max(most, line.busy);
      line.done(`key-${n}`);
    }
    expect([started, most, line.busy, line.waiting]).toEqual([1_333_334, 1, 0, 0]);
  });

  it('are fair: a hot key keeps a cold one waiting for one item, not for all of its own', () => {
    const ran: string[] = [];
    const gate: Gate<Item> = new Gate<Item>(1, ([first]) => ran.push((first as Item).key));
    const line = lanes<Item>((one) => gate.enter([one]));
    const push = (key: string) => line.push(key, item(key, 0));
    for (let n = 0; n < 100; n++) push('hot');
    push('cold');
    for (let n = 0; n < 101; n++) {
      line.done(ran.at(-1) as string);
      gate.leave();
    }
    expect(ran.indexOf('cold')).toBe(1);
    expect(ran).toHaveLength(101);
  });

  it('keep order and exclusion for any interleaving of keys and completions', () => {
    const steps = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant(undefined)), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (pushes, choices) => {
        const running = new Map<string, number>();
        const last = new Map<string, number>();
        const line = lanes<Item>(({ key, number }) => {
          if (running.has(key)) throw new Error(`two of ${key} at once`);
          if (number <= (last.get(key) ?? -1)) throw new Error(`${key} out of order`);
          running.set(key, number);
          last.set(key, number);
        });
        const finishOne = () => {
          const keys = [...running.keys()];
          const key = keys[(choices.next().value as number) % keys.length];
          if (key === undefined) return;
          running.delete(key);
          line.done(key);
        };
        for (const [number, key] of pushes.entries())
          if (key === undefined) finishOne();
          else line.push(key, item(key, number));
        while (running.size > 0) finishOne();
        return line.busy === 0;
      }),
    );
  });
});

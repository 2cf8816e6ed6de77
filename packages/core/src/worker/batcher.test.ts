import { describe, expect, it } from 'vitest';
import { advance } from '../../test/advance.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { batcher } from './batcher.ts';

function recorded(size: number, withinMs: number) {
  const clock = new ManualClock();
  const batches: string[] = [];
  const batch = batcher<string>({ size, withinMs }, clock, (items) => batches.push(items.join('')));
  return { clock, batches, batch };
}

describe('batcher', () => {
  it('hands on a full batch at once', () => {
    const { batch, batches } = recorded(3, 1_000);
    for (const item of 'abcdefg') batch.add(item);
    expect(batches).toEqual(['abc', 'def']);
  });

  it('hands on fewer when the time is up, counted from the first of them', () => {
    const { batch, batches, clock } = recorded(3, 1_000);
    batch.add('a');
    advance(clock, 900);
    batch.add('b');
    expect(batches).toEqual([]);
    advance(clock, 100);
    expect(batches).toEqual(['ab']);
    advance(clock, 5_000);
    expect(batches).toEqual(['ab']);
  });

  it('hands on what it has when told to, once', () => {
    const { batch, batches, clock } = recorded(3, 1_000);
    batch.add('a');
    batch.flush();
    batch.flush();
    advance(clock, 5_000);
    expect(batches).toEqual(['a']);
  });
});

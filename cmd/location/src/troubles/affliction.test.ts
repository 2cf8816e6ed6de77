import { afterEach, describe, expect, it } from 'vitest';
import { afflict, afflicted, isPoisoned, Poisoned, WELL } from './affliction.ts';

const suffering = (given: Partial<typeof WELL & { blockMs: number }> = {}) =>
  afflict({ affliction: { ...WELL, blockMs: 0, ...given } });
afterEach(() => suffering());

const ids = Array.from({ length: 20_000 }, (_, n) => ({ id: `phone-${n % 97}:${1000 + n}` }));
const bad = ids.find(isPoisoned) as { id: string };
const good = ids.find((each) => !isPoisoned(each)) as { id: string };

describe('a process that suffers', () => {
  it('handles at once while nothing is wrong', () => {
    expect(afflicted(({ id }: { id: string }) => id)(good)).toBe(good.id);
  });

  it('fails on one message in a hundred, on the same ones every time, and on a batch that holds one', () => {
    const handle = afflicted((each: { id: string }) => each.id);
    const together = afflicted((batch: readonly { id: string }[]) => batch.length);
    suffering({ poisoned: true });
    expect(() => handle(bad)).toThrow(Poisoned);
    expect(() => handle(bad)).toThrow(Poisoned);
    expect(handle(good)).toBe(good.id);
    expect(() => together([good, bad])).toThrow(Poisoned);
    expect(together([good, good])).toBe(2);
    suffering();
    expect(handle(bad)).toBe(bad.id);
    const share = ids.filter(isPoisoned).length / ids.length;
    expect(share).toBeGreaterThan(0.007);
    expect(share).toBeLessThan(0.013);
  });

  it('takes longer while it is slow, and lets everything go that waits when it is mended', async () => {
    const handle = afflicted(({ id }: { id: string }) => id);
    suffering({ slowMs: 60_000 });
    const held = [handle(good), handle(good)];
    expect(held.every((each) => each instanceof Promise)).toBe(true);
    suffering();
    expect(await Promise.all(held)).toEqual([good.id, good.id]);
    suffering({ slowMs: 1 });
    expect(await handle(good)).toBe(good.id);
  });

  it('stands still once, in a handler', () => {
    const handle = afflicted(({ id }: { id: string }) => id);
    suffering({ blockMs: 50 });
    const began = performance.now();
    void handle(good);
    const stood = performance.now() - began;
    expect(stood).toBeGreaterThanOrEqual(49);
    suffering({ poisoned: true, blockMs: 20 });
    expect(handle(good)).toBe(good.id);
    expect(() => handle(bad)).toThrow(Poisoned); // that goes on
  });
});

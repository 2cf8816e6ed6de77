import { describe, expect, it } from 'vitest';
import { type FuzzTarget, fuzz, refusing } from './fuzz.ts';
import { targets } from './targets.ts';

const INPUTS = 20_000;

describe(`${INPUTS} generated inputs`, () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    'of %s are taken',
    { timeout: 120_000 },
    async (_, target) => {
      const { failure, inputs } = await fuzz(target, { seed: 1, from: 0, count: INPUTS });
      expect(failure).toBeUndefined();
      expect(inputs).toBe(INPUTS);
    },
  );
});

describe('a failing input', () => {
  const picky: FuzzTarget<number> = {
    name: 'picky',
    make: (dice) => dice.between(0, 255),
    run: (input) => {
      if (input === 7) throw new TypeError('no sevens');
    },
    show: (input) => Uint8Array.of(input),
  };

  it('is shown with the command that tries it again', async () => {
    const { failure } = await fuzz(picky, { seed: 3, from: 0, count: 5_000 });
    expect(failure).toMatchObject({
      why: expect.stringContaining('no sevens'),
      inputHex: '07',
      replay: `npm run fuzz -- --target picky --seed 3 --from ${failure?.number} --count 1`,
    });
    const again = await fuzz(picky, { seed: 3, from: failure?.number ?? 0, count: 1 });
    expect(again.failure?.inputHex).toBe('07');
  });

  it('is one that takes an error for another', () => {
    expect(() =>
      refusing(['CONFIG_INVALID'], () => {
        throw new TypeError('not ours');
      }),
    ).toThrowError('not ours');
  });
});

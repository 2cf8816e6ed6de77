import { expect, it } from 'vitest';
import { holds, until } from './until.ts';

it('waits until a condition holds, a promised one included', async () => {
  let asked = 0;
  await until(async () => ++asked === 3, 5_000, 'the third time');
  expect(asked).toBe(3);
});

it('says what did not happen in time', async () => {
  const waited = until(
    () => false,
    10,
    () => 'two messages, not one',
  );
  await expect(waited).rejects.toThrow('not within 10 ms: two messages, not one');
});

it('notices when something stops to hold', async () => {
  let asked = 0;
  await expect(holds(() => ++asked < 3, 5_000, 'one only')).rejects.toThrow('one only');
  await holds(() => true, 10, 'always');
});

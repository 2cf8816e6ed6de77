import { expect, test } from 'vitest';
import { cleanup } from './cleanup.ts';

test('undoes everything once, last first, and passes on the error of one without keeping the others', async () => {
  const undone: string[] = [];
  const errors: unknown[] = [];
  const undo = cleanup();
  undo.add(async () => void undone.push('first'));
  undo.add(async () => {
    throw new Error('second');
  });
  undo.add(async () => void undone.push('third'));
  await undo.run((error) => errors.push(error));
  await undo.run((error) => errors.push(error));
  expect(undone).toEqual(['third', 'first']);
  expect(errors).toEqual([new Error('second')]);
});

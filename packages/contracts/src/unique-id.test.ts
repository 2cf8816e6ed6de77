import { expect, test } from 'vitest';
import { uniqueId } from './unique-id.ts';

test('ids differ, also where the random part is renewed, and can be headers and tokens of subjects', () => {
  const first = Array.from({ length: 1_000 }, uniqueId);
  for (let i = 0; i < 999_000; i++) uniqueId();
  const later = Array.from({ length: 1_000 }, uniqueId);
  expect(new Set([...first, ...later]).size).toBe(2_000);
  const prefixes = new Set([first[0], later[999]].map((id) => id?.slice(0, 20)));
  expect(prefixes.size).toBe(2);
  for (const id of [...first, ...later]) expect(id).toMatch(/^[0-9A-Za-z]{21,26}$/);
});

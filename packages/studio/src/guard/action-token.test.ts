import { expect, it } from 'vitest';
import { actionToken } from './action-token.ts';

it('a token is random, and matches itself only', () => {
  const token = actionToken();
  expect(token.value).toMatch(/^[\w-]{43}$/);
  expect(actionToken().value).not.toBe(token.value);
  expect(token.matches(token.value)).toBe(true);
  for (const other of [undefined, '', `${token.value} `, token.value.slice(1), actionToken().value])
    expect(token.matches(other)).toBe(false);
});

import { expect, it } from 'vitest';
import { nameProblem, suggestName } from './app-name.ts';

it('takes what a package and an app may be called', () => {
  for (const name of ['a', 'my-app', 'shop2', 'x'.repeat(63)])
    expect(nameProblem(name)).toBe(undefined);
});

it.each([
  ['My App', 'my-app'],
  ['2fast', 'fast'],
  ['Žluťoučký_kůň', 'zlutoucky-kun'],
  ['a'.repeat(80), 'a'.repeat(63)],
])('says what is wrong with %s, and what to take', (name, instead) => {
  expect(nameProblem(name)).toContain(`'${name}' is no name for an app`);
  expect(nameProblem(name)).toMatch(new RegExp(`take ${instead}$`));
});

it('suggests nothing where nothing is left', () => {
  expect(suggestName('馬 42')).toBe(undefined);
  expect(nameProblem('')).not.toContain('take');
});

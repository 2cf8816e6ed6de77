import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { subjectMatches } from './pattern.ts';
import { compileSubject, fillSubject, readParams, templateProblems, toFilters } from './subject.ts';

const PLACED = 'orders.placed.{orderId}';

describe('fillSubject', () => {
  test('takes tokens from the fields of the same name', () => {
    expect(fillSubject('a.{x}.b.{y}', { x: 'one', y: 2, z: 3 })).toBe('a.one.b.2');
    expect(fillSubject('a.b', {})).toBe('a.b');
    expect(fillSubject(PLACED, { orderId: 'größe-注文' })).toBe('orders.placed.größe-注文');
  });

  const refused = [
    '',
    'a.b',
    '*',
    '>',
    'a b',
    'a\tb',
    '\u00a0',
    '\u2003',
    '\u0000',
    '\u0085',
    '\ud800',
  ];
  const others = [1.5, Number.NaN, Infinity, null, undefined, true, {}, ['a'], Object.create(null)];
  test.each([...refused, ...others])('refuses %j as a token', (orderId) => {
    expect(() => fillSubject(PLACED, { orderId })).toThrowError(
      expect.objectContaining({
        code: 'SUBJECT_INVALID',
        message: expect.stringContaining('token {orderId} of subject "orders.placed.{orderId}"'),
      }),
    );
  });

  test.each([null, undefined, 5, 'text'])('refuses %s as a payload', (data) => {
    expect(() => fillSubject(PLACED, data)).toThrowError(/token \{orderId\}/);
  });

  test('refuses a subject of 256 characters or more', () => {
    const longest = 'x'.repeat(255 - 'orders.placed.'.length);
    expect(fillSubject(PLACED, { orderId: longest })).toHaveLength(255);
    expect(() => fillSubject(PLACED, { orderId: `${longest}x` })).toThrowError(/not 256/);
  });

  test('what was filled in is read again, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        fc.string({ maxLength: 40 }),
        (x, y) => {
          let subject: string;
          try {
            subject = fillSubject('a.{x}.{y}', { x, y });
          } catch (error) {
            expect(error).toMatchObject({ code: 'SUBJECT_INVALID' });
            return;
          }
          expect(readParams('a.{x}.{y}', subject)).toEqual({ x, y });
          expect(subjectMatches('a.*.*', subject)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test('one token alone is what all of them together say', () => {
  const part = fc.constantFrom('a', 'b', 'ab', '', 'x-1', 'ä');
  const hole = fc.constantFrom('{x}', '{y}', '{z}');
  const templates = fc
    .uniqueArray(fc.oneof(fc.constantFrom('a', 'b', 'ab'), hole), { minLength: 1, maxLength: 5 })
    .map((parts) => ['a', ...parts].join('.'));
  const subjects = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(templates, subjects, fc.constantFrom('x', 'y', 'z'), (template, subject, name) => {
      const compiled = compileSubject(template);
      const own = compiled.pattern.replaceAll('*', 'x-1');
      const near = [own, `${own}.a`, `${own}.`, own.replace(/\.[^.]*$/, ''), own.replace('b', 'c')];
      for (const one of [subject, ...near])
        expect(compiled.token(one, name)).toBe(compiled.read(one)?.[name]);
    }),
  );
});

test('readParams gives nothing for a subject of another template', () => {
  expect(readParams(PLACED, 'orders.paid.o-1')).toBeUndefined();
  expect(readParams(PLACED, 'orders.placed')).toBeUndefined();
  expect(readParams(PLACED, 'orders.placed.o-1.x')).toBeUndefined();
});

test('a compiled template knows its tokens and its pattern', () => {
  expect(compileSubject('rides.{region}.x.{rideId}')).toMatchObject({
    tokens: ['region', 'rideId'],
    pattern: 'rides.*.x.*',
  });
});

describe('toFilters', () => {
  test('turns tokens into wildcards and values into their combinations', () => {
    expect(toFilters(PLACED)).toEqual(['orders.placed.*']);
    expect(toFilters('r.{a}.{b}', { a: ['x', 'y'], b: '1' })).toEqual(['r.x.1', 'r.y.1']);
    expect(toFilters('r.{a}.{b}', { a: ['x', 'y', 'x'], b: ['1', '2'] })).toHaveLength(4);
  });

  test('lists what is wrong with the values', () => {
    expect(() => toFilters('r.{a}', { b: 'x', a: [] })).toThrowError(
      /\{b\} is no token of "r.\{a\}": it has a[\s\S]*\{a\} has no values/,
    );
    expect(() => toFilters('r.{a}', { a: '*' })).toThrowError(
      expect.objectContaining({ code: 'SUBJECT_INVALID' }),
    );
    const many = Array.from({ length: 40 }, (_, i) => `v${i}`);
    expect(() => toFilters('r.{a}.{b}', { a: many, b: many })).toThrowError(/1600 filters/);
  });
});

describe('templateProblems', () => {
  test.each([PLACED, 'a', 'a.b-c.D_9', 'a.{x}.{y-z}.{$w}'])('finds none in %s', (template) => {
    expect(templateProblems(template)).toEqual([]);
  });

  test.each([
    ['', /must not be empty/],
    ['a..{x}', /empty token/],
    ['orders.*', /must use \{token\} instead of the wildcard "\*"/],
    ['orders.>', /instead of the wildcard ">"/],
    ['orders.x y', /"x y" must be letters/],
    ['orders.x{id}', /a whole \{token\}/],
    ['orders.{}', /a whole \{token\}/],
    ['{id}.orders', /must begin with a fixed word/],
    ['_jl.orders', /must not begin with "_"/],
    ['$JS.API', /"\$JS" must be letters/],
    ['a.{x}.{x}', /has \{x\} twice/],
    [Array(17).fill('a').join('.'), /at most 16 tokens/],
    ['x'.repeat(256), /under 256 characters/],
    [undefined as unknown as string, /must be text/],
  ])('names what is wrong with %j', (template, words) => {
    expect(templateProblems(template).join('\n')).toMatch(words);
    expect(() => compileSubject(template)).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

test('names of what all objects have are nobody’s values', () => {
  expect(toFilters('a.{constructor}')).toEqual(['a.*']);
  expect(() => compileSubject('a.{__proto__}')).toThrowError(/"\{__proto__\}" must be letters/);
  expect(() => toFilters('a.{b}', { b: 5 as never })).toThrowError(
    /\{b\} must be a text or a list of texts, not 5/,
  );
});

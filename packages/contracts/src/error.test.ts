import { describe, expect, test } from 'vitest';
import { configInvalid, isJetlaneError, JetlaneError } from './error.ts';

describe('JetlaneError', () => {
  test('carries its code, words and cause', () => {
    const cause = new Error('socket closed');
    const error = new JetlaneError('CLOSED', 'the client is closed', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'JetlaneError', code: 'CLOSED', retryable: false, cause });
    expect(String(error)).toBe('JetlaneError: the client is closed');
  });

  test('has no cause of its own when none is given', () => {
    expect(Object.hasOwn(new JetlaneError('CLOSED', 'closed'), 'cause')).toBe(false);
  });

  test.each([
    'CONNECTION_LOST',
    'PUBLISH_TIMEOUT',
    'OVERLOADED',
    'STREAM_FULL',
    'JETSTREAM_UNAVAILABLE',
    'HANDLER_FAILED',
    'HANDLER_TIMEOUT',
  ] as const)('%s may succeed when repeated', (code) => {
    expect(new JetlaneError(code, 'x').retryable).toBe(true);
    expect(new JetlaneError(code, 'x', { retryable: false }).retryable).toBe(false);
  });

  test('is recognised from another copy of the package', () => {
    const foreign = Object.assign(new Error('x'), { name: 'JetlaneError', code: 'CLOSED' });
    expect(isJetlaneError(foreign)).toBe(true);
    expect(isJetlaneError(foreign, 'CLOSED')).toBe(true);
    expect(isJetlaneError(foreign, 'NO_STREAM')).toBe(false);
  });

  test.each([null, undefined, 'CLOSED', {}, new Error('x'), { code: 'CLOSED' }])(
    'is not %s',
    (value) => expect(isJetlaneError(value)).toBe(false),
  );
});

test('configInvalid lists every problem of a declaration', () => {
  const error = configInvalid('stream ORDERS', ['name is wrong', 'maxAge is wrong']);
  expect(error.code).toBe('CONFIG_INVALID');
  expect(error.message).toBe(
    'stream ORDERS has 2 problems:\n  - name is wrong\n  - maxAge is wrong',
  );
});

test('configInvalid stays readable, whatever it was given', () => {
  const { message } = configInvalid(`stream ${'x'.repeat(5_000)}`, [
    `${'y'.repeat(5_000)} is no option: did you mean maxAge?`,
    ...Array.from({ length: 99 }, (_, i) => `problem ${i}`),
  ]);
  expect(message).toMatch(
    /^stream x+ \.\.\. x+ has 100 problems:\n {2}- y+ \.\.\. y+ is no option: did/,
  );
  expect(message).toMatch(/problem 48\n {2}- and 50 more$/);
  expect(message.length).toBeLessThan(3_000);
});

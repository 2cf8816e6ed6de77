import { expect, it } from 'vitest';
import { answer } from './health-server.ts';

const well = { ready: true, failed: new Map<string, string>(), alive: () => true };

it('answers 200 while all is well', () => {
  expect(answer(well, 'GET', '/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  expect(answer(well, 'HEAD', '/readyz?x')).toEqual({ status: 200, body: { status: 'ready' } });
});

it('answers 503 when not ready, and says which worker stopped', () => {
  const source = { ...well, ready: false, failed: new Map([['billing', 'its stream is gone']]) };
  expect(answer(source, 'GET', '/readyz')).toEqual({
    status: 503,
    body: { status: 'not ready', failed: { billing: 'its stream is gone' } },
  });
  expect(answer(source, 'GET', '/healthz').status).toBe(200);
  expect(answer({ ...well, alive: () => false }, 'GET', '/healthz').status).toBe(503);
});

it('answers nothing else', () => {
  expect(answer(well, 'GET', '/').status).toBe(404);
  expect(answer(well, 'POST', '/readyz').status).toBe(405);
});

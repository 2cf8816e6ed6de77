import { diagnostics } from '@jetlane/core';
import { afterEach, expect, it } from 'vitest';
import { startAlarms } from './alarms.ts';

let stop = () => {};
afterEach(() => stop());

function listening(): string[] {
  const lines: string[] = [];
  stop = startAlarms((line) => lines.push(line));
  return lines;
}

const about = { worker: 'billing', stream: 'ORDERS' };

it('tells of breakers, blocks and broken options in a line each', () => {
  const lines = listening();
  diagnostics.breaker.publish({ ...about, state: 'open', error: new Error('no route') });
  diagnostics.breaker.publish({ ...about, state: 'half-open' });
  diagnostics.breaker.publish({ ...about, state: 'closed' });
  const running = [{ worker: 'billing', types: ['OrderPlaced', 'OrderPaid'] }];
  diagnostics.block.publish({ durationMs: 12_000, running });
  diagnostics.policy.publish({ ...about, option: 'retry.when', error: new Error('bug') });
  expect(lines).toEqual([
    'billing: breaker open, it waits before it calls again: no route',
    'billing: breaker closed',
    'the event loop stood still for 12000 ms: billing (OrderPlaced, OrderPaid); move long computations to a worker thread',
    "billing: 'retry.when' failed and was ignored: bug",
  ]);
});

it('names the handler that blocked rather than all that ran', () => {
  const lines = listening();
  const running = [{ worker: 'idle', types: ['A'] }];
  diagnostics.block.publish({ durationMs: 5, running, blocking: { worker: 'w', types: ['B'] } });
  expect(lines).toEqual([
    'the event loop stood still for 5 ms: w (B); move long computations to a worker thread',
  ]);
});

it('blames no handler where none ran', () => {
  const lines = listening();
  diagnostics.block.publish({ durationMs: 5, running: [] });
  expect(lines).toEqual([
    'the event loop stood still for 5 ms: no handler ran: this machine, or other code of this process, is too busy',
  ]);
});

it('does not flood: one line a second for the same thing', () => {
  const lines = listening();
  for (let n = 0; n < 1_000; n++) {
    diagnostics.policy.publish({ ...about, option: 'retry.when', error: n });
    diagnostics.policy.publish({ ...about, option: 'retry.delay', error: n });
  }
  expect(lines.length).toBeLessThan(20);
  expect(new Set(lines.map((line) => line.split(' ')[1])).size).toBe(2);
});

import type { Change, Plan } from '@jetlane/core';
import { event } from '@jetlane/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeStyle } from '../terminal/style.ts';
import { findingLines } from './doctor.ts';
import { appliedLines, planLines } from './plan-view.ts';
import { idsOf } from './publish.ts';
import { find } from './publish-typed.ts';
import { streamLines } from './stream-list.ts';

const style = makeStyle(false);
const change: Change = {
  kind: 'stream',
  name: 'ORDERS',
  action: 'update',
  fields: [{ field: 'max_age', from: undefined, to: 60 }],
  destructive: true,
  why: 'older messages are dropped',
  advice: 'keep them longer',
  config: {},
};
const warning = { kind: 'stream', name: 'ORDERS', what: 'it drops', advice: 'mind it' } as const;

describe('a plan', () => {
  it('says what changes, why, and what to know', () => {
    const plan: Plan = { changes: [change], warnings: [warning] };
    expect(planLines(plan, { style })).toEqual([
      '  ~ update stream ORDERS (destructive)',
      '      older messages are dropped',
      '      max_age: unset -> 60',
      '      advice: keep them longer',
      '  ! note stream ORDERS: it drops; mind it',
      '1 change: 1 to update.',
    ]);
    expect(appliedLines(plan, { style }).at(-1)).toBe('Applied 1 change.');
  });

  it('says which schedule goes', () => {
    const gone: Change = {
      kind: 'schedule',
      name: 'nightly',
      action: 'delete',
      fields: [{ field: 'timetable', from: '0 0 * * * UTC', to: undefined }],
      destructive: false,
      why: 'app shop declares it no longer',
      config: {},
    };
    expect(planLines({ changes: [gone], warnings: [] }, { style })).toEqual([
      '  - delete schedule nightly',
      '      app shop declares it no longer',
      '      timetable: "0 0 * * * UTC" -> unset',
      '1 change: 1 to delete.',
    ]);
  });

  it('of nothing says so', () => {
    const nothing: Plan = { changes: [], warnings: [] };
    expect(planLines(nothing, { style })).toEqual(['The server has what is declared.']);
    expect(appliedLines(nothing, { style })[0]).toMatch(/^Nothing to do/);
  });
});

it('lists streams, also those that are only declared', () => {
  const stream = {
    name: 'ORDERS',
    exists: true,
    managed: true,
    subjects: ['orders.>'],
    messages: 12_345,
    bytes: 2048,
    retention: 'limits',
    storage: 'memory',
    replicas: 3,
    consumers: [],
  };
  const missing = { ...stream, name: 'PAYMENTS', exists: false, managed: false };
  expect(streamLines([stream, missing], { style, columns: undefined })).toEqual([
    'STREAM    MESSAGES      SIZE  KEEPS              COPIES  BY       SUBJECTS',
    'ORDERS       12.3k  2.00 KiB  limits, memory          3  jetlane  orders.>',
    'PAYMENTS         -         -  not on the server       -  -        -',
  ]);
});

it('lists what waits for acks, where consumers have any', () => {
  const consumer = {
    name: 'billing',
    managed: true,
    durable: true,
    lag: 5,
    ackPolicy: 'explicit',
    ackPending: 2,
    maxAckPending: 10,
    redelivered: 0,
    pausedUntil: null,
  };
  const display = { ...consumer, name: 'display', ackPolicy: 'none', ackPending: 0 };
  const stream = {
    name: 'ORDERS',
    exists: true,
    managed: true,
    subjects: ['orders.>'],
    messages: 5,
    bytes: 1,
    retention: 'limits',
    storage: 'file',
    replicas: 1,
    consumers: [consumer, display],
  };
  expect(streamLines([stream], { style, columns: undefined }).slice(-2)).toEqual([
    'billing   ORDERS    5     2/10            0  jetlane',
    'display   ORDERS    5  no acks            0  jetlane',
  ]);
});

it('puts what fails last, where it is seen', () => {
  const findings = [
    { level: 'error', check: 'drift', what: 'differs', fix: 'apply it' },
    { level: 'ok', check: 'reachable', what: 'answers', fix: '' },
  ] as const;
  expect(findingLines(findings, style)).toEqual([
    'ok   reachable: answers',
    'FAIL drift: differs',
    '     fix: apply it',
    '1 failed, 0 to know about.',
  ]);
});

it('numbers ids when there are several, and makes new ones when none is given', () => {
  expect(idsOf({ id: 'a', count: 1 })).toEqual(['a']);
  expect(idsOf({ id: 'a', count: 2 })).toEqual(['a-1', 'a-2']);
  expect(new Set(idsOf({ count: 3 })).size).toBe(3);
});

it('finds a message by its type, or says which there are', () => {
  const Placed = event('OrderPlaced', {
    subject: 'orders.{id}',
    schema: z.object({ id: z.string() }),
  });
  expect(find([Placed], 'OrderPlaced', 'shop')).toBe(Placed);
  expect(() => find([Placed], 'OrderPlacd', 'shop')).toThrow('did you mean OrderPlaced?');
  expect(() => find([Placed], 'X', 'shop')).toThrow(
    "app 'shop' carries no message X: it has OrderPlaced",
  );
});

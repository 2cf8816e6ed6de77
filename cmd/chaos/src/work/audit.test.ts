import { LedgerFile } from '@jetlane/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Stage } from '../stage.ts';
import { WorkAudit } from './audit.ts';

let stage: Stage;
let audit: WorkAudit;
let publisher: LedgerFile;
let first: LedgerFile;
let second: LedgerFile;

beforeEach(async () => {
  const { signal } = new AbortController();
  stage = await Stage.open({ seed: 1, size: 'small', nodes: 1, signal, say: () => {} });
  const path = stage.file('ledger.jsonl');
  [publisher, first, second] = [
    new LedgerFile(path, 'publisher'),
    new LedgerFile(path, 'first'),
    new LedgerFile(path, 'second'),
  ];
  audit = new WorkAudit(stage, path);
  for (const id of ['a', 'b', 'c']) {
    publisher.sent(id);
    publisher.acked(id);
  }
});

afterEach(async () => {
  for (const ledger of [publisher, first, second]) ledger.close();
  await stage.close();
});

it('knows what a process has begun and not ended', () => {
  first.began('a');
  first.began('b');
  expect(audit.openIn('first')).toBe(2);
  first.delivered('a');
  first.failed('b');
  expect(audit.openIn('first')).toBe(0);
  expect(audit.read().counts.delivered).toBe(1);
  expect(audit.failed).toBe(1);
});

it('knows what a kill has cut off, and what was begun again for nothing', () => {
  first.began('a');
  first.delivered('a');
  first.began('b');
  publisher.gone('first');
  second.began('b');
  second.delivered('b');
  second.began('a');
  audit.read();
  expect(audit.cutIn('first')).toBe(2);
  expect(audit.cutIn('second')).toBe(0);
  expect(audit.begunAgain).toBe(1);
});

it('counts what is lost, apart from what may be missing', async () => {
  first.delivered('a');
  await audit.settled(1);
  expect(audit.counts([]).lost).toBe(2);
  expect(audit.counts([], (id) => id === 'c').lost).toBe(1);
  first.delivered('a');
  expect(audit.counts([]).duplicates).toBe(1);
});

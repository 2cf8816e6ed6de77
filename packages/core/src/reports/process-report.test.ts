import { describe, expect, it } from 'vitest';
import {
  decodeReport,
  encodeReport,
  type ProcessReport,
  type WorkerRecord,
} from './process-report.ts';

const RECORD: WorkerRecord = {
  worker: 'billing',
  stream: 'ORDERS',
  sinceMs: 1,
  held: 2,
  running: 1,
  room: 256,
  lanes: null,
  settled: 3,
  retried: 0,
  buried: 0,
  latency: [300, 2, 301, 1],
  handling: [200, 3],
};
const REPORT: ProcessReport = {
  v: 1,
  id: 'one',
  host: 'here',
  pid: 42,
  app: 'shop',
  startedMs: 1,
  nowMs: 2,
  workers: [RECORD, { ...RECORD, worker: 'mail', lanes: 7 }],
  left: 0,
};
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('a report', () => {
  it('arrives as it was sent, with fields of later versions left alone', () => {
    expect(decodeReport(encodeReport(REPORT, 1e6))).toEqual(REPORT);
    expect(decodeReport(bytes({ ...REPORT, app: null, later: 1 }))).toMatchObject({ app: null });
  });

  it('leaves out workers that do not fit, and says how many', () => {
    const workers = Array.from({ length: 100 }, (_, n) => ({ ...RECORD, worker: `w${n}` }));
    const encoded = encodeReport({ ...REPORT, workers }, 8_000);
    expect(encoded.length).toBeLessThanOrEqual(8_000);
    const report = decodeReport(encoded);
    expect(report?.workers.length).toBeGreaterThan(10);
    expect((report?.workers.length ?? 0) + (report?.left ?? 0)).toBe(100);
    expect(decodeReport(encodeReport({ ...REPORT, workers }, 1))).toMatchObject({ left: 100 });
  });

  it.each([
    ['another version', { ...REPORT, v: 2 }],
    ['an ack of a stream that stores everything', { stream: 'ALL', seq: 7 }],
    ['a list', [REPORT]],
    ['no text', { ...REPORT, host: 7 }],
    ['a text without end', { ...REPORT, id: 'x'.repeat(1_000) }],
    ['no count', { ...REPORT, pid: '42' }],
    ['no workers', { ...REPORT, workers: {} }],
    ['a negative count', { ...REPORT, workers: [{ ...RECORD, held: -1 }] }],
    ['no histogram', { ...REPORT, workers: [{ ...RECORD, latency: [1] }] }],
    ['no name', { ...REPORT, workers: [{ ...RECORD, worker: undefined }] }],
  ])('is not %s', (_, value) => {
    expect(decodeReport(bytes(value))).toBeUndefined();
  });

  it('is no bytes that are no JSON', () => {
    expect(decodeReport(new Uint8Array())).toBeUndefined();
    expect(decodeReport(new TextEncoder().encode('{"v":1'))).toBeUndefined();
  });
});

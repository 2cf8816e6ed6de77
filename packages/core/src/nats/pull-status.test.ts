import { describe, expect, it } from 'vitest';
import { readStatus } from './pull-status.ts';

describe('a status of a pull request', () => {
  it.each([
    [100, 'Idle Heartbeat', 'wait'],
    [408, 'Request Timeout', 'pull'],
    [408, 'Interest Expired', 'pull'],
    [409, 'Batch Completed', 'pull'],
    [409, 'Message Size Exceeds MaxBytes', 'larger'],
    [404, 'No Messages', 'pause'],
    [408, 'Requests Pending', 'pull'],
    [409, 'Leadership Change', 'moved'],
    [409, 'Server Shutdown', 'moved'],
    [409, 'Exceeded MaxWaiting', 'pause'],
    [409, 'something new', 'pause'],
    [423, 'Nats-Pin-Id mismatch', 'pause'],
    [503, '', 'restore'],
    [409, 'Consumer Deleted', 'restore'],
    [409, 'Consumer is push based', 'fail'],
    [409, 'Exceeded MaxRequestBananas of 10', 'fail'],
    [423, 'Nats-Wrong-Pin-Id', 'pause'],
    [400, 'Bad Request - Priority Group missing', 'fail'],
    [412, 'Required Api Level', 'fail'],
  ])('%i %s means: %s', (code, description, next) => {
    expect(readStatus(code, description).next).toBe(next);
  });

  it('names the largest batch', () => {
    expect(readStatus(409, 'Exceeded MaxRequestBatch of 10')).toEqual({
      next: 'limit',
      limits: { batchMax: 10 },
    });
  });

  it('names the most bytes', () => {
    expect(readStatus(409, 'Exceeded MaxRequestMaxBytes of 10')).toEqual({
      next: 'limit',
      limits: { bytesMax: 10 },
    });
  });

  it.each([
    ['5s', 5_000],
    ['1m30s', 90_000],
    ['1h0m0s', 3_600_000],
    ['1.5s', 1_500],
    ['250ms', 250],
  ])('names the longest request: %s', (text, expiresMs) => {
    expect(readStatus(409, `Exceeded MaxRequestExpires of ${text}`)).toEqual({
      next: 'limit',
      limits: { expiresMs },
    });
  });

  it('says why it gives up', () => {
    expect(readStatus(400, 'Bad Request - no')).toMatchObject({
      error: { code: 'TOPOLOGY_CONFLICT', message: expect.stringContaining('Bad Request - no') },
    });
  });
});

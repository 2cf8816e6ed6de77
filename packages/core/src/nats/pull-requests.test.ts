import { describe, expect, it } from 'vitest';
import { PullRequests } from './pull-requests.ts';

const NEVER = Number.POSITIVE_INFINITY;

function opened(...batches: number[]) {
  const requests = new PullRequests();
  const numbers = batches.map((batch) => requests.open(batch, NEVER));
  return { requests, numbers };
}

describe('PullRequests', () => {
  it('expects what was asked for, less what came', () => {
    const { requests } = opened(3, 5);
    expect(requests.left).toBe(8);
    for (let messages = 0; messages < 4; messages++) requests.fill();
    expect(requests.left).toBe(4);
    expect(requests.count).toBe(1);
  });

  it('gives every request a number of its own', () => {
    const { numbers } = opened(1, 1, 1);
    expect(new Set(numbers).size).toBe(3);
  });

  it('takes a message beyond all requests for a late one', () => {
    const { requests } = opened(1);
    requests.fill();
    requests.fill();
    expect(requests.left).toBe(0);
  });

  it('expects nothing more of a request that ended without a word of what it owed', () => {
    const { requests, numbers } = opened(10, 20);
    requests.close(numbers[1] as number);
    expect(requests.left).toBe(10);
    requests.close(numbers[1] as number);
    expect(requests.left).toBe(10);
  });

  it('stays exact although the server fills requests in turn', () => {
    const { requests, numbers } = opened(10, 20);
    // Six messages, three of each request, all counted on the first.
    for (let messages = 0; messages < 6; messages++) requests.fill();
    requests.close(numbers[0] as number, 7);
    expect(requests.left).toBe(17);
    requests.close(numbers[1] as number, 17);
    expect(requests.left).toBe(0);
  });

  it('stays exact when the server still owes of a request that was counted as full', () => {
    const { requests, numbers } = opened(4, 20);
    for (let messages = 0; messages < 6; messages++) requests.fill();
    expect(requests.left).toBe(18);
    requests.close(numbers[0] as number, 1);
    expect(requests.left).toBe(17);
  });

  it('lets no late word of a dropped request count on another', () => {
    const requests = new PullRequests();
    const dropped = requests.open(2, 1_000);
    requests.expire(1_000);
    requests.open(2, 2_000);
    requests.close(dropped, 2);
    expect([requests.left, requests.count]).toEqual([2, 1]);
    const cleared = requests.open(5, 3_000);
    requests.clear();
    requests.open(3, 4_000);
    requests.close(cleared, 5);
    expect(requests.left).toBe(3);
  });

  it('drops what is overdue', () => {
    const requests = new PullRequests();
    requests.open(10, 1_000);
    requests.open(20, 2_000);
    requests.expire(1_000);
    expect(requests.left).toBe(20);
    requests.clear();
    expect(requests.left).toBe(0);
  });
});

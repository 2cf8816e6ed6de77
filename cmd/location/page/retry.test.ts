import { describe, expect, it } from 'vitest';
import { BROKEN, retry, type Transport } from './retry.ts';

const both: readonly Transport[] = ['websocket', 'events'];
const most = () => 1;
const failed = { livedMs: undefined, code: BROKEN };

describe('trying again', () => {
  it('waits longer and longer, by chance a little less, and never longer than a quarter of a minute', () => {
    const tries = retry(['websocket'], most);
    const waits = Array.from({ length: 8 }, () =>
      tries.ended({ transport: 'websocket', ...failed }),
    );
    const times = waits.map(({ waitMs }) => waitMs);
    expect(times).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    const least = retry(['websocket'], () => 0).ended({ transport: 'websocket', ...failed });
    expect(least.waitMs).toBe(250);
  });

  it('begins anew after a connection that held', () => {
    const tries = retry(both, most);
    for (let i = 0; i < 5; i++) tries.ended({ transport: 'websocket', ...failed });
    const next = tries.ended({ transport: tries.transport, livedMs: 60_000, code: BROKEN });
    expect(next).toMatchObject({ number: 1, waitMs: 500 });
  });

  it('goes by events where WebSockets do not get through, and back when these do not either', () => {
    const tries = retry(both, most);
    expect(tries.ended({ transport: 'websocket', ...failed }).transport).toBe('websocket');
    expect(tries.ended({ transport: 'websocket', ...failed }).transport).toBe('events');
    expect(tries.ended({ transport: 'events', ...failed }).transport).toBe('websocket');
    expect(tries.ended({ transport: 'websocket', ...failed }).transport).toBe('events');
    const held = tries.ended({ transport: 'events', livedMs: 60_000, code: BROKEN });
    expect(held.transport).toBe('events');
  });

  it('goes by events where something cuts WebSockets again and again', () => {
    const tries = retry(both, most);
    const cut = { transport: 'websocket', livedMs: 900, code: BROKEN } as const;
    expect([1, 2, 3].map(() => tries.ended(cut).transport)).toEqual([
      'websocket',
      'websocket',
      'events',
    ]);
  });

  it('does not come back at once when it was sent away', () => {
    const shed = { transport: 'websocket', livedMs: 20_000, code: 1013 } as const;
    expect(retry(both, most).ended(shed).waitMs).toBeGreaterThanOrEqual(4000);
    const ended = { transport: 'websocket', livedMs: 20_000, code: 1001 } as const;
    expect(retry(both, most).ended(ended).waitMs).toBe(500);
  });
});

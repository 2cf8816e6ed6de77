import { beforeEach, describe, expect, it, vi } from 'vitest';
import { latencies } from '../ledger/latency.ts';
import type { Figures, Fresh } from '../run/figures.ts';
import { byService, type ServiceName } from '../services/service-name.ts';
import { act } from './act.ts';
import { toOrder } from './trouble.ts';
import { Troubles, type TroubleTargets } from './troubles.ts';

const none = { p50: null, p99: null, p999: null };

/** A second of a run in which all is well; `change` is what is not. */
function figures(
  change: Partial<Record<ServiceName, Partial<Figures['services'][ServiceName]>>> = {},
  all: Partial<Figures> = {},
): Figures {
  const services = byService((name) => ({
    deliveriesPerS: 250,
    latencyMs: { p50: 1, p99: 2.4, p999: 4 },
    secondMs: none,
    lag: 2,
    ackPending: 2,
    ackPendingMax: 8000,
    redelivered: 0,
    buried: 0,
    deadLetters: 0,
    lost: 0,
    blockedMs: 0,
    processes: [{ number: 1, up: true, deliveriesPerS: 250 }],
    partitions: null,
    ...change[name],
  }));
  return {
    runS: 5,
    publishesPerS: 250,
    deliveriesPerS: 1000,
    published: 1000,
    resent: 0,
    duplicatesDropped: 0,
    late: 0,
    skipped: 0,
    failed: 0,
    unconfirmed: 0,
    stall: null,
    redelivered: 0,
    deadLetters: 0,
    lost: 0,
    secondMs: none,
    floorMs: null,
    services,
    rides: { requested: 0, matched: 0 },
    etaMedianAbsErrorS: null,
    fraud: { precision: null, recall: null },
    ...all,
  };
}

/** Every service handled some reports in so many milliseconds. */
function fresh(ms = 2): Fresh {
  const seen = latencies();
  for (let i = 0; i < 100; i++) seen.record(ms);
  const pairs = seen.takeNew();
  return { services: byService(() => pairs), floor: undefined };
}

let nowMs: number;
let unsettled: number;
let back: () => void;
let targets: { [Name in keyof TroubleTargets]: TroubleTargets[Name] };
let troubles: Troubles;

beforeEach(() => {
  nowMs = 1000;
  unsettled = 0;
  back = () => {};
  const away = () =>
    new Promise<void>((resolve) => {
      back = resolve;
    });
  targets = {
    kill: vi.fn(away),
    scale: vi.fn(() => Promise.resolve()),
    afflict: vi.fn(),
    block: vi.fn(() => true),
    sendTwice: vi.fn(),
    outage: vi.fn(away),
    replay: vi.fn(() => Promise.resolve(7)),
    lastSeq: () => 1000,
    missing: () => unsettled,
    processes: 1,
    whyNot: {},
    warn: vi.fn(),
  };
  troubles = new Troubles(targets, () => nowMs);
  troubles.observe(figures(), fresh());
});

/** What followed from a promise has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const words = () => troubles.shown()[0]?.words;
const phase = () => troubles.shown()[0]?.phase;

describe('troubles', () => {
  it('tell of a killed service: dead, back, and over when the ledger says so', async () => {
    troubles.start(toOrder({ kind: 'kill', service: 'fraud' }));
    expect(targets.kill).toHaveBeenCalledWith('fraud');
    nowMs += 1200;
    troubles.observe(figures({ fraud: { lag: 310 } }), fresh());
    expect(phase()).toBe('on');
    expect(words()).toBe(
      'fraud was killed 1.2 s ago and starts again: 310 reports to handle, nothing lost; matching p99 2.0 ms as before',
    );
    back();
    await settled();
    unsettled = 41;
    nowMs += 1000;
    troubles.observe(figures({ fraud: { lag: 41 } }), fresh());
    expect(phase()).toBe('recovering');
    unsettled = 0;
    nowMs += 9000;
    troubles.observe(figures({ fraud: { redelivered: 41 } }), fresh(40));
    expect(phase()).toBe('over');
    nowMs += 60_000;
    troubles.observe(figures({ fraud: { redelivered: 99 } }), fresh());
    expect(words()).toBe(
      'fraud was killed, back after 1.2 s: 41 redelivered, up to 310 behind, all handled 11.2 s after the kill, nothing lost; matching p99 40 ms, 2.4 ms before',
    );
  });

  it('say which partitions moved, where there are several processes', () => {
    troubles.start(toOrder({ kind: 'add', service: 'fraud' }));
    expect(targets.scale).toHaveBeenCalledWith('fraud', 2);
    expect(words()).toBe('a second process of fraud starts');
    const processes = [1, 2].map((number) => ({ number, up: true, deliveriesPerS: 125 }));
    troubles.observe(
      figures({ fraud: { processes, partitions: [1, 1, 1, 1, 2, 2, 2, 2] } }),
      fresh(),
    );
    expect(words()).toBe(
      'fraud runs in 2 processes: 125/s and 125/s, partitions 4 and 4 of 8, 2 behind, 0 redelivered, nothing lost',
    );
  });

  it('take a second process away again', async () => {
    troubles.start(toOrder({ kind: 'add', service: 'matching' }));
    nowMs += 8000;
    expect(await troubles.mend()).toBe(1);
    expect(targets.scale).toHaveBeenLastCalledWith('matching', 1);
    troubles.observe(figures(), fresh());
    expect(words()).toBe(
      'the second process of matching drained and left after 8.0 s: 0 redelivered, nothing lost',
    );
  });

  it('make a service slow and poisoned at once, and mend each by itself', async () => {
    troubles.start(toOrder({ kind: 'slow', service: 'eta' }));
    troubles.start(toOrder({ kind: 'poison', service: 'eta' }));
    expect(targets.afflict).toHaveBeenLastCalledWith('eta', { slowMs: 3000, poisoned: true });
    const slow = troubles.shown().find(({ kind }) => kind === 'slow');
    expect(await troubles.mend(slow?.id)).toBe(1);
    expect(targets.afflict).toHaveBeenLastCalledWith('eta', { slowMs: 0, poisoned: true });
    expect(await troubles.mend()).toBe(1);
    expect(targets.afflict).toHaveBeenLastCalledWith('eta', { slowMs: 0, poisoned: false });
    expect(await troubles.mend()).toBe(0);
  });

  it('end by themselves', async () => {
    vi.useFakeTimers();
    try {
      troubles.start(toOrder({ kind: 'twice' }));
      expect(troubles.shown()[0]).toMatchObject({ leftMs: 20_000, mendable: true });
      await vi.advanceTimersByTimeAsync(20_000);
      expect(targets.sendTwice).toHaveBeenLastCalledWith(false);
      expect(troubles.shown()[0]).toMatchObject({ leftMs: null, mendable: false });
    } finally {
      vi.useRealTimers();
    }
  });

  it('count what is sent twice, and what is dropped of it', () => {
    troubles.start(toOrder({ kind: 'twice' }));
    troubles.observe(figures({}, { resent: 500, duplicatesDropped: 498 }), fresh());
    expect(words()).toBe(
      'every report is sent twice: 500 sent again, 498 dropped by their Nats-Msg-Id; the services get 1,000/s, 1,000/s before, nothing lost',
    );
  });

  it('count dead letters, and those that were replayed', async () => {
    troubles.start(toOrder({ kind: 'poison', service: 'surge' }));
    const surge = { buried: 7, deadLetters: 7 };
    troubles.observe(figures({ surge }), fresh());
    expect(words()).toContain('7 dead letters, 7 left, 250 deliveries/s go on, nothing lost');
    await troubles.mend();
    troubles.observe(figures({ surge }), fresh());
    expect(await troubles.replay('surge')).toBe(7);
    troubles.observe(figures({ surge: { ...surge, deadLetters: 0 } }), fresh());
    expect(words()).toContain('7 dead letters, 7 replayed, 0 left, nothing lost');
  });

  it('tell of an outage of the server', async () => {
    troubles.start(toOrder({ kind: 'restart' }));
    expect(targets.outage).toHaveBeenCalledWith(2000);
    nowMs += 1000;
    troubles.observe(figures({}, { unconfirmed: 251 }), fresh());
    expect(words()).toBe(
      'nats-server was killed 1.0 s ago: 251 reports wait for confirmation, nothing lost',
    );
    nowMs += 1400;
    back();
    await settled();
    nowMs += 600;
    troubles.observe(figures({ matching: { lag: 600 } }), fresh());
    expect(words()).toBe(
      'nats-server was killed and away for 2.4 s: every report was confirmed, up to 600 behind, all handled 0.6 s after, 0 redelivered, nothing lost',
    );
  });

  it('never hide a loss', () => {
    troubles.start(toOrder({ kind: 'block', service: 'eta' }));
    troubles.observe(figures({}, { lost: 3 }), fresh());
    expect(words()).toContain('3 LOST');
  });

  it('refuse what cannot be had, or is there already', () => {
    const early = new Troubles({ ...targets, whyNot: { restart: 'it is not ours' } });
    expect(() => early.start(toOrder({ kind: 'restart' }))).toThrow('it is not ours');
    expect(() => early.start(toOrder({ kind: 'twice' }))).toThrow('only beginning');
    troubles.start(toOrder({ kind: 'slow', service: 'eta' }));
    expect(() => troubles.start(toOrder({ kind: 'slow', service: 'eta' }))).toThrow(
      'eta is slow already',
    );
    targets.kill = () => undefined;
    targets.block = () => false;
    for (const kind of ['kill', 'block'])
      expect(() => troubles.start(toOrder({ kind, service: 'eta' }))).toThrow(
        'no process of eta runs just now',
      );
    expect(troubles.shown().map(({ kind }) => kind)).toEqual(['slow']);
  });

  it('remember no more than they can show, and none that acts is forgotten', async () => {
    troubles.start(toOrder({ kind: 'slow', service: 'eta' }));
    for (let i = 0; i < 30; i++) {
      troubles.start(toOrder({ kind: 'twice' }));
      await troubles.mend(troubles.shown()[0]?.id);
    }
    expect(troubles.shown()).toHaveLength(12);
    expect(troubles.shown().at(-1)).toMatchObject({ kind: 'slow', phase: 'on' });
  });

  it('end with the run', async () => {
    troubles.start(toOrder({ kind: 'slow', service: 'eta' }));
    await troubles.end(1000);
    expect(targets.afflict).toHaveBeenLastCalledWith('eta', { slowMs: 0, poisoned: false });
    expect(() => troubles.start(toOrder({ kind: 'twice' }))).toThrow('the run is ending');
  });
});

describe('what a page asks for', () => {
  it('is done, and answered in words', async () => {
    expect(await act(troubles, { do: 'trouble', kind: 'slow', service: 'eta' })).toEqual({
      ok: true,
      words: 'slow eta',
    });
    expect(await act(troubles, { do: 'mend' })).toEqual({ ok: true, words: '1 mended' });
    expect(await act(troubles, { do: 'replay', service: 'eta' })).toMatchObject({ ok: true });
    expect(targets.replay).toHaveBeenCalledWith('eta');
  });

  it.each([
    [null, 'no action'],
    ['kill', 'no action'],
    [{ do: 'exec', kind: 'rm' }, 'an action is trouble, mend or replay'],
    [{ do: 'trouble', kind: 'constructor' }, 'no trouble "constructor"'],
    [{ do: 'mend', id: '1' }, 'named by a whole number'],
    [{ do: 'replay', service: '__proto__' }, 'replay is for one of matching'],
  ])('is refused in words when it is none: %j', async (asked, words) => {
    const answer = await act(troubles, asked);
    expect(answer.ok).toBe(false);
    expect(answer.words).toContain(words);
  });
});

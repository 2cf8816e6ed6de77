import { describe, expect, it } from 'vitest';
import type { CityMessage, TrailEntry } from '#wire';
import { isTrailId, trailEntry } from './trail-entry.ts';
import { READS_MAX, trails, WAITING_MAX } from './trails.ts';

const message = (seq: number, data: object = { takenAtMs: 5 }) => ({
  stream: 'LOCATIONS',
  seq,
  subject: 'location.updated.x.d-1',
  type: 'LocationUpdated',
  storedAtMs: 7,
  data,
});
const entry = (seq: number) => trailEntry(message(seq));
const driver = (id: string) => ({ of: 'driver', id }) as const;

/** A reader whose answers come when the test says so. */
function slowReader() {
  const asked: { id: string; answer: (past: TrailEntry[]) => void; fail: (e: Error) => void }[] =
    [];
  const read = ({ id }: { id: string }) =>
    new Promise<TrailEntry[]>((answer, fail) => asked.push({ id, answer, fail }));
  return { asked, read };
}

describe('trails', () => {
  it('tell the past, then each message that comes, none twice and none of others', async () => {
    const { asked, read } = slowReader();
    const all = trails(read);
    const told: CityMessage[] = [];
    const end = all.follow(driver('d-1'), (one) => told.push(one));
    all.heard(driver('d-1'), () => message(2)); // stored before the read, heard while it runs
    all.heard(driver('d-1'), () => message(3));
    asked[0]?.answer([entry(1), entry(2)]);
    await expect.poll(() => told.length).toBe(2);
    all.heard(driver('d-2'), () => message(4));
    all.heard(driver('d-1'), () => message(5));
    const seqs = told.map((one) =>
      one.kind === 'trail'
        ? one.past.map(({ seq }) => seq)
        : one.kind === 'trailed' && one.entry.seq,
    );
    expect(seqs).toEqual([[1, 2], 3, 5]);
    end();
    all.heard(driver('d-1'), () => message(6));
    expect(told).toHaveLength(3);
  });

  it('build nothing for those whom nobody follows', () => {
    const all = trails(slowReader().read);
    all.heard(driver('d-1'), () => {
      throw new Error('nobody asked');
    });
    const end = all.follow(driver('d-1'), () => {});
    end();
    all.heard(driver('d-1'), () => {
      throw new Error('nobody asks any more');
    });
  });

  it('say in words why there is no past, and go on with what comes', async () => {
    const { asked, read } = slowReader();
    const all = trails(read);
    const told: CityMessage[] = [];
    all.follow(driver('d-1'), (one) => told.push(one));
    asked[0]?.fail(new Error('nats-server is away'));
    await expect.poll(() => told).toMatchObject([{ past: [], problem: 'nats-server is away' }]);
    all.heard(driver('d-1'), () => message(1));
    expect(told).toHaveLength(2);
  });

  it('read a few at once, let some wait, and refuse the rest in words', async () => {
    const { asked, read } = slowReader();
    const all = trails(read);
    const told: CityMessage[] = [];
    for (let i = 0; i < READS_MAX + WAITING_MAX + 1; i++) {
      all.follow(driver(`d-${i}`), (one) => told.push(one));
    }
    expect(asked).toHaveLength(READS_MAX);
    await expect
      .poll(() => told)
      .toMatchObject([{ problem: expect.stringContaining('try again') }]);
    asked[0]?.answer([]);
    await expect.poll(() => asked.length).toBe(READS_MAX + 1);
  });

  it('read no more at once when one ends and another comes in the same moment', async () => {
    let [running, most] = [0, 0];
    const ends: (() => void)[] = [];
    const all = trails(async ({ id }) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => ends.push(() => resolve(undefined)));
      running--;
      // After this read has given its place back, and before who waits has taken it.
      queueMicrotask(() =>
        queueMicrotask(() => void all.follow(driver(`later-than-${id}`), () => {})),
      );
      return [];
    });
    for (let i = 0; i < READS_MAX + 3; i++) all.follow(driver(`d-${i}`), () => {});
    for (let i = 0; i < 5; i++) {
      ends.shift()?.();
      await expect.poll(() => ends.length).toBeGreaterThanOrEqual(READS_MAX);
    }
    expect(most).toBe(READS_MAX);
  });
});

describe('an entry of a trail', () => {
  it('says when its message was meant to be sent, and not more than one reads', () => {
    expect(entry(1)).toMatchObject({ sentAtMs: 5, storedAtMs: 7, text: '{"takenAtMs":5}' });
    expect(trailEntry(message(1, { rideId: 'r' })).sentAtMs).toBeNull();
    expect(trailEntry(message(1, { long: 'x'.repeat(5000) })).text.length).toBeLessThan(800);
  });

  it('has a name that is one token of a subject', () => {
    for (const id of ['', '*', '>', 'a.b', 'a b', 'x'.repeat(65), 7, null])
      expect(isTrailId(id)).toBe(false);
    expect(isTrailId('d-00042')).toBe(true);
  });
});

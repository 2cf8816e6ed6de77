import { event, type Outgoing, stream } from '@jetlane/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { app, collect } from '../app.ts';
import { memory } from '../memory/memory.ts';
import { on } from '../worker/handler.ts';
import { worker } from '../worker/worker.ts';
import { schedule } from './schedule.ts';
import type { When } from './timetable.ts';

const Reported = event('Reported', {
  subject: 'reports.made',
  schema: z.object({ at: z.string() }),
});
const Reports = stream('REPORTS', { subjects: ['reports.>'], messages: [Reported] });
const report = ({ time }: { time: Date }): Outgoing => Reported({ at: time.toISOString() });

/** Minutes of the clock that a manual world shows, from its first whole hour on. */
async function atFullHour() {
  // Read before its clock begins, so that the hour has come even where a millisecond passes in between.
  const leftMs = 3_600_000 - (Date.now() % 3_600_000);
  const client = memory({ clock: 'manual' });
  await client.advance(`${leftMs}ms`);
  return client;
}

describe('a schedule', () => {
  it('publishes once a tick, at the minutes that its cron names', async () => {
    await using client = await atFullHour();
    await client.start(Reports, schedule('report', { cron: '10,40 * * * *' }, report));
    await client.advance('2h');
    const minutes = client.stored.map(({ data }) => (data as { at: string }).at.slice(14));
    expect(minutes).toEqual(['10:00.000Z', '40:00.000Z', '10:00.000Z', '40:00.000Z']);
    expect(client.stored.map(({ id }) => id)[0]).toMatch(/^report:\S+T\S+:10:00.000Z:0$/);
  });

  it('says once that its function fails, as no dead letter may ever tell', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error) => warnings.push(message);
    process.on('warning', listen);
    onTestFinished(() => void process.off('warning', listen));
    await using client = await atFullHour();
    const broken = schedule('broken', { every: '1s' }, () => {
      throw new Error('no report today');
    });
    await client.start(Reports, broken);
    await client.advance('10s');
    await new Promise(setImmediate);
    expect(warnings.filter((words) => words.startsWith('schedule'))).toEqual([
      expect.stringContaining("schedule 'broken' failed: no report today"),
    ]);
  });

  it('publishes every so many seconds', async () => {
    await using client = await atFullHour();
    await client.start(Reports, schedule('report', { every: '90s' }, report));
    await client.advance('10m');
    expect(client.stored).toHaveLength(6);
  });

  it('publishes what it returns under the ids that it gives, and nothing when it returns nothing', async () => {
    await using client = await atFullHour();
    const results = [undefined, [], [Reported({ at: 'a' }, { id: 'mine' }), Reported({ at: 'b' })]];
    const next = schedule('report', { every: '1m' }, () => results.shift() as Outgoing[]);
    await client.start(Reports, next);
    await client.advance('5m');
    expect(client.stored.map(({ id }) => id)).toEqual([
      'mine',
      expect.stringMatching(/^report:.*:1$/),
    ]);
  });

  it('tries a tick again that throws, and makes a dead letter of it in the end', async () => {
    await using client = await atFullHour();
    let calls = 0;
    const flaky = schedule('report', { cron: '0 * * * *' }, (tick) => {
      if (++calls < 3) throw new Error('not yet');
      return report(tick);
    });
    const broken = schedule('broken', { every: '1h' }, () => {
      throw new Error('never');
    });
    await client.start(Reports, flaky, broken);
    await client.advance('61m');
    expect([calls, client.stored.length]).toEqual([3, 1]);
    const letters = client.deadLetters.filter(({ headers }) => headers['jl-durable'] === 'broken');
    expect(letters.length).toBe(1);
  });

  it('goes by a new timetable once it is started with one', async () => {
    await using client = await atFullHour();
    await client.start(Reports, schedule('report', { every: '1m' }, report));
    await client.advance('3m');
    const before = client.stored.length;
    await client.start(schedule('report', { every: '1h' }, report));
    await client.advance('30m');
    expect([before, client.stored.length]).toEqual([3, 3]);
    await client.advance('31m');
    expect(client.stored).toHaveLength(4);
  });

  it.each<[string, unknown, RegExp]>([
    ['Report', { every: '1m' }, /name 'Report' must be kebab-case/],
    ['sched', { every: '1m' }, /name 'sched' is taken by Jetlane/],
    ['report', { cron: '61 * * * *' }, /minute '61' must be within 0 to 59/],
    ['report', { cron: '* * * * *', timezone: 'Mars/Olympus' }, /timezone must be a name/],
    ['report', { every: '1500ms' }, /every must be whole seconds/],
    ['report', { every: 'often' }, /every must be a positive duration/],
    ['report', { every: '1m', timezone: 'UTC' }, /'timezone' goes with 'cron'/],
    ['report', { every: '1m', cron: '* * * * *' }, /needs either/],
    ['report', { evry: '1m' }, /did you mean every/],
    ['report', undefined, /needs \{ cron: '0 6 \* \* \*' \} or \{ every: '5m' \}, not undefined/],
  ])('%s with %j is refused', (name, when, words) => {
    expect(() => schedule(name, when as When, report)).toThrow(words);
  });

  it('tells all that is wrong at once', () => {
    expect(() => schedule('A B', { cron: '61 24 * * *' }, 5 as never)).toThrow(/has 4 problems/);
  });

  it('is part of an app, by a name of its own', () => {
    const daily = schedule('daily', { cron: '0 0 * * *' }, report);
    const { workers, app: name } = collect([app('shop', { streams: [Reports], run: [daily] })]);
    expect(workers.map(({ timetable }) => timetable)).toEqual([
      { pattern: '0 0 0 * * *', timeZone: undefined, app: 'shop' },
    ]);
    expect(name).toBe('shop');
    const twin = worker('daily', { from: Reports }, [on(Reported, () => {})]);
    expect(() => app('shop', { streams: [Reports], run: [daily, twin] })).toThrow(/named 'daily'/);
    expect(() => collect([daily, twin])).toThrow(/named 'daily'/);
    expect(() => collect([twin, daily])).toThrow(/named 'daily'/);
    expect(() => collect([daily, schedule('daily', { every: '1s' }, report)])).toThrow(/'daily'/);
  });
});

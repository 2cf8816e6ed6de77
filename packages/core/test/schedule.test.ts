import { event, type Runnable, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { app, collect } from '../src/app.ts';
import { connect } from '../src/connect.ts';
import { schedule } from '../src/schedule/schedule.ts';
import type { When } from '../src/schedule/timetable.ts';
import type { Admin } from '../src/topology/admin.ts';
import { apply } from '../src/topology/apply.ts';
import { toLine } from '../src/topology/change.ts';
import { plan } from '../src/topology/plan.ts';
import { adminOf, clear } from './topology-setup.ts';
import { until } from './until.ts';

let server: Server;
let admin: Admin;

beforeAll(async () => {
  server = await startServer();
  admin = await adminOf(server.url);
});
afterAll(async () => {
  await admin.nc.close();
  await server.stop();
});
beforeEach(() => clear(admin));

const Reported = event('Reported', {
  subject: 'reports.made',
  schema: z.object({ n: z.number() }),
});
const Reports = stream('REPORTS', { subjects: ['reports.>'], messages: [Reported] });

const daily = (when: When = { cron: '0 6 * * *', timezone: 'Europe/Berlin' }) =>
  schedule('daily', when, ({ time }) => Reported({ n: time.getTime() }));

const shop = (...run: Runnable[]) => collect([app('shop', { streams: [Reports], run })]);

const brief = async (topology: ReturnType<typeof collect>) =>
  (await plan(admin, topology)).changes
    .filter(({ kind }) => kind === 'schedule')
    .map((change) => toLine(change));

const timetable = async () => {
  const subject = '_jl.TICKS.sched._tick.daily';
  const found = await admin.jsm.streams.getMessage('TICKS', { last_by_subj: subject });
  return (
    found && [
      found.header.get('Nats-Schedule'),
      found.header.get('Nats-Schedule-Time-Zone'),
      found.header.get('jl-app'),
    ]
  );
};

describe('the timetable of a schedule', () => {
  it('is planned and applied like a stream, and then nothing is left to do', async () => {
    const topology = shop(daily());
    const found = await plan(admin, topology);
    expect(found.changes.map(toLine).map((line) => line.split(':')[0])).toEqual([
      'create stream DLQ',
      'create stream REPORTS',
      'create stream TICKS',
      'create consumer daily of TICKS',
      'create schedule daily',
    ]);
    expect(found.warnings).toEqual([]);
    await apply(admin, found);
    expect(await timetable()).toEqual(['0 0 6 * * *', 'Europe/Berlin', 'shop']);
    expect(await plan(admin, topology)).toEqual({ changes: [], warnings: [] });
  });

  it('changes when the app that declares it starts, and only then is replaced', async () => {
    await apply(admin, await plan(admin, shop(daily())));
    const next = daily({ every: '1m' });
    expect(await brief(shop(next))).toEqual([
      'update schedule daily [timetable "0 6 * * * Europe/Berlin" -> "every 60s"]: it ticks by the new timetable then',
    ]);
    await using client = await connect({ servers: server.url });
    await client.start(app('shop', { streams: [Reports], run: [next] }));
    expect(await timetable()).toEqual(['@every 60s', '', 'shop']);
    const { state } = await admin.jsm.streams.info('TICKS');
    await client.close();
    await using again = await connect({ servers: server.url });
    await again.start(app('shop', { streams: [Reports], run: [next] }));
    expect((await admin.jsm.streams.info('TICKS')).state.last_seq).toBe(state.last_seq);
  });

  it('is missed by plan once the app no longer declares it; starting leaves it, applying removes it', async () => {
    await apply(admin, await plan(admin, shop(daily())));
    expect(await brief(shop())).toEqual([
      'delete schedule daily [timetable "0 6 * * * Europe/Berlin" -> unset]: app shop declares it no longer, and it goes on ticking',
    ]);
    expect(await brief(collect([app('other', { streams: [Reports], run: [] })]))).toEqual([]);
    await using client = await connect({ servers: server.url, topology: 'verify' });
    await client.start(app('shop', { streams: [Reports], run: [] }));
    expect(await timetable()).not.toBeNull();
    await apply(admin, await plan(admin, shop()));
    expect(await timetable()).toBeNull();
    expect(await admin.jsm.consumers.list('TICKS').next()).toEqual([]);
    expect(await plan(admin, shop())).toEqual({ changes: [], warnings: [] });
  });

  it('belongs to one app', async () => {
    await apply(admin, await plan(admin, shop(daily())));
    const other = collect([app('other', { streams: [Reports], run: [daily()] })]);
    expect((await brief(other))[0]).toContain('a schedule of this name belongs to app shop');
    expect(await brief(collect([daily()]))).toEqual([]);
  });

  it('must be one that the server can tell the time of', async () => {
    const topology = shop(daily());
    const { workers, ...rest } = topology;
    const wrong = workers.map((spec) => ({
      ...spec,
      timetable: { pattern: '0 0 6 * * *', timeZone: 'Mars/Olympus', app: 'shop' },
    }));
    const found = await plan(admin, { ...rest, workers: wrong });
    await expect(apply(admin, found)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('schedule daily'),
    });
  });
});

describe('ticks', () => {
  it('go on after the server was killed, and wait for a process', async () => {
    const seen: number[] = [];
    const clock = schedule('clock', { every: '1s' }, ({ time }) => {
      seen.push(time.getTime());
      return Reported({ n: time.getTime() });
    });
    const client = await connect({ servers: server.url });
    await client.start(Reports, clock);
    await until('a tick', () => seen.length > 0);
    await client.close();
    await server.restart();
    await until('a tick that waits', async () => {
      const info = await admin.jsm.consumers.info('TICKS', 'clock').catch(() => undefined);
      return (info?.num_pending ?? 0) === 1;
    });
    const before = seen.length;
    await using next = await connect({ servers: server.url });
    await next.start(Reports, clock);
    await until('more ticks', () => seen.length >= before + 2);
    expect(new Set(seen).size).toBe(seen.length);
    await next.close();
    const { state } = await admin.jsm.streams.info('REPORTS');
    expect(state.messages).toBe(seen.length);
  });
});

import { CommanderError } from 'commander';
import { makeStyle } from 'jetlane/terminal';
import { describe, expect, it, vi } from 'vitest';
import { byService } from '../services/service-name.ts';
import type { Figures, Result } from './figures.ts';
import type { LoadResult } from './measured.ts';
import { parseOptions } from './options.ts';
import { addressLines, insideLines, liveLine, liveTable, summary } from './report.ts';

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(parseOptions([], {})).toEqual({
      drivers: 1000,
      intervalMs: 4000,
      forMs: undefined,
      seed: 7,
      processes: 1,
      ackWaitMs: 10_000,
      port: 4600,
      host: '127.0.0.1',
      names: [],
      viewers: 0,
      floor: false,
      ramp: false,
      p99MaxMs: 250,
      store: undefined,
      headless: false,
      json: false,
      actions: 'loopback',
      troubles: [],
      server: undefined,
    });
  });

  it('says who may break things, and what breaks by itself', () => {
    expect(parseOptions(['--allow-actions'], {}).actions).toBe('allow');
    expect(parseOptions(['--no-actions', '--allow-actions'], {}).actions).toBe('off');
    expect(parseOptions(['--trouble', 'kill:eta@7s,mend@9s'], {}).troubles).toEqual([
      { atMs: 7000, do: 'trouble', order: { kind: 'kill', service: 'eta', forMs: null } },
      { atMs: 9000, do: 'mend' },
    ]);
  });

  it('takes more names of the page, as the studio does', () => {
    const given = ['--allow-host', 'city.example, map.example', '--allow-host', '2001:db8::1'];
    expect(parseOptions(given, {}).names).toEqual(['city.example', 'map.example', '2001:db8::1']);
  });

  it('reads every flag', () => {
    const given =
      '--drivers 10 --interval 1s --for 1.5m --seed 0 --processes 2 --port 0 --headless --json';
    expect(
      parseOptions([...given.split(' '), '--server', 'nats://10.0.0.1:4222'], {}),
    ).toMatchObject({
      drivers: 10,
      intervalMs: 1000,
      forMs: 90_000,
      seed: 0,
      processes: 2,
      port: 0,
      headless: true,
      json: true,
      server: 'nats://10.0.0.1:4222',
    });
  });

  it('takes the server from NATS_URL, unless told otherwise', () => {
    const env = { NATS_URL: 'nats://127.0.0.1:1' };
    expect(parseOptions([], env).server).toBe('nats://127.0.0.1:1');
    expect(parseOptions(['--server', 'nats://127.0.0.1:2'], env).server).toBe('nats://127.0.0.1:2');
  });
});

describe('the command line, asked for the impossible', () => {
  it.each([
    ['--frobnicate', "unknown option '--frobnicate'"],
    ['--drivers 0', 'whole number from 1 to 200000'],
    ['--drivers many', 'whole number'],
    ['--interval 4', 'duration'],
    ['--for soon', 'duration'],
    ['--port 70000', 'whole number from 0 to 65535'],
    ['--processes 0.5', 'whole number from 1 to 32'],
    ['--ack-wait 10ms', 'duration from 1s to 60s'],
    ['--allow-host https://city.example', 'a host name such as city.example'],
    ['--allow-host city.example:8080', 'without scheme and port'],
    ['--allow-host city.example,', 'several separated by commas'],
    ['--server here', 'nats://127.0.0.1:4222'],
    ['--server nats://127.0.0.1:1 --store x', 'cannot go with --server'],
    ['--ramp', 'goes with --headless only'],
    ['--viewers some', 'whole number from 0 to 20000'],
    ['--trouble burn:eta', 'no trouble "burn"'],
    ['--trouble kill:eta@1s', '2 s into the run'],
    ['--trouble restart --server nats://127.0.0.1:1', 'a nats-server that it started itself'],
    ['--headless --ramp --trouble twice', 'cannot go with --trouble'],
    ['now', 'too many arguments'],
  ])('refuses %s in one sentence', (args, words) => {
    let said = '';
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += text;
      return true;
    });
    try {
      expect(() => parseOptions(args.split(' '), {})).toThrow(CommanderError);
    } finally {
      write.mockRestore();
    }
    expect(said).toContain(words);
    expect(said.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });
});

const latencyMs = { p50: 1.25, p99: 12.5, p999: null };
const fraud = { precision: 1, recall: 0.5 };
const load: LoadResult = {
  intendedPerS: 25_000,
  achievedPerS: 8200,
  leftOutS: 10,
  late: 4000,
  skipped: 100,
  failed: 0,
  held: false,
  limit: 'a reason',
  cores: {
    simulator: 0.4,
    services: byService(() => 0.1),
    gateway: null,
    load: null,
    server: 0.9,
    others: 0.05,
    machine: 1.75,
    of: 2,
  },
  viewers: null,
  floor: null,
};
const rides = { requested: 10, matched: 9 };

describe('the report', () => {
  const figures: Figures = {
    runS: 75,
    publishesPerS: 2500,
    deliveriesPerS: 10_000,
    published: 187_500,
    resent: 12,
    duplicatesDropped: 12,
    late: 3,
    skipped: 0,
    failed: 0,
    unconfirmed: 5,
    stall: null,
    redelivered: 4,
    deadLetters: 0,
    lost: 0,
    secondMs: latencyMs,
    floorMs: null,
    services: byService(() => ({
      deliveriesPerS: 2500,
      latencyMs,
      secondMs: latencyMs,
      lag: 7,
      ackPending: 5,
      ackPendingMax: 8000,
      redelivered: 1,
      buried: 0,
      deadLetters: 0,
      lost: 0,
      blockedMs: 0,
      processes: [],
      partitions: null,
    })),
    rides,
    etaMedianAbsErrorS: null,
    fraud,
  };

  it('shows the live figures as a table and as a line', () => {
    const table = liveTable(figures, { title: 'a city', url: 'http://127.0.0.1:1/', viewers: 2 });
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "a city  1:15  http://127.0.0.1:1/  2 viewing
      publishes 2,500/s  deliveries 10,000/s  redelivered 4
      duplicates dropped 12  late 3  skipped 0  failed 0
                  msg/s  p50 ms  p99 ms   p99.9     lag unacked     cap    lost
      matching    2,500    1.25    12.5       -       7       5   8,000       0
      eta         2,500    1.25    12.5       -       7       5   8,000       0
      fraud       2,500    1.25    12.5       -       7       5   8,000       0
      surge       2,500    1.25    12.5       -       7       5   8,000       0
      rides 9 of 10 matched  eta error -  fraud precision 1.00 recall 0.50"
    `);
    expect(liveLine(figures)).toContain('2,500 published/s  10,000 delivered/s');
  });

  it('gives up columns and lines where the window is small, and keeps what says most', () => {
    const headline = { title: 'a city', url: 'http://127.0.0.1:1/', viewers: 2 };
    const at = (columns: number, rows: number) =>
      liveTable(figures, headline, { columns, rows, style: makeStyle(false) });
    expect(at(44, 24).join('\n')).toMatchInlineSnapshot(`
      "a city  1:15  http://127.0.0.1:1/  2 viewing
      publishes 2,500/s  deliveries 10,000/s
      redelivered 4
      duplicates dropped 12  late 3  skipped 0
      failed 0
                  msg/s  p99 ms     lag    lost
      matching    2,500    12.5       7       0
      eta         2,500    12.5       7       0
      fraud       2,500    12.5       7       0
      surge       2,500    12.5       7       0
      rides 9 of 10 matched  eta error -
      fraud precision 1.00 recall 0.50"
    `);
    for (const columns of [20, 40, 80, 200])
      for (const rows of [7, 10, 24]) {
        const table = at(columns, rows);
        expect(table.length).toBeLessThan(rows);
        expect(table.join()).toContain('lost'); // it is promised to stay 0, so it stays
        if (columns >= 40)
          for (const line of table) expect(line.length).toBeLessThanOrEqual(columns);
      }
    expect(at(80, 8)[1]).toMatch(/^duplicates dropped 12 .*failed 0$/); // below the headline, above the table
    expect(at(40, 20).join('\n')).toMatch(/ msg\/s +p99 ms +lost\n/);
  });

  it('says in a line that nothing moves, why, and what becomes of what waits', () => {
    const headline = { title: 'a city', url: undefined, viewers: 0 };
    const stall = { where: 'stream', forMs: 3900, answers: false, copies: 1 } as const;
    const away = { ...figures, stall, unconfirmed: 1250 };
    const words =
      'nats-server does not answer for 3 s: 1,250 reports wait and are sent again until stored';
    expect(liveTable(away, headline)).toContain(words);
    expect(liveLine(away)).toContain(words);
    const lowest = { columns: 100, rows: 8, style: makeStyle(false) };
    expect(liveTable(away, headline, lowest)).toContain(words);
    const said = (change: Partial<typeof stall> | object) =>
      liveTable({ ...away, stall: { ...stall, ...change } }, headline).join('\n');
    expect(said({ copies: 3 })).toContain('no server answers as the leader');
    expect(said({ answers: true })).toContain('the stream confirms nothing for 3 s');
    expect(said({ where: 'map' })).toContain('no positions on the map for 3 s');
    expect(liveTable(figures, headline).join()).not.toContain('wait');
  });

  it('writes all times of a column with the same decimals, and thousands apart', () => {
    const times = [0.4, 12.34, 2129.9, 1.25];
    const names = ['matching', 'eta', 'fraud', 'surge'] as const;
    const services = byService((name) => ({
      ...figures.services[name],
      latencyMs: { p50: 1.256, p99: times[names.indexOf(name)] ?? null, p999: null },
    }));
    const rows = liveTable({ ...figures, services }, { title: '', url: undefined, viewers: 0 })
      .slice(4, 8)
      .map((row) => row.split(/ +/).slice(2, 4));
    expect(rows).toEqual([
      ['1.26', '0.4'],
      ['1.26', '12.3'],
      ['1.26', '2,129.9'],
      ['1.26', '1.3'],
    ]);
  });

  it('gives the address a line of its own where the window is narrow', () => {
    const url = 'http://127.0.0.1:4600/';
    expect(addressLines(url, { columns: undefined })).toEqual([
      'The live map is at http://127.0.0.1:4600/  (Ctrl-C ends)',
    ]);
    expect(addressLines(url, { columns: 40 })).toEqual([
      'The live map is at',
      'http://127.0.0.1:4600/ (Ctrl-C ends)',
    ]);
    expect(insideLines('nats://127.0.0.1:41234', { columns: 100 })).toEqual([
      'look inside: npx jetlane top -s 127.0.0.1:41234',
    ]);
    expect(insideLines('nats://127.0.0.1:41234', { columns: 40 })).toEqual([
      'look inside:',
      'npx jetlane top -s 127.0.0.1:41234',
    ]);
  });

  it('says at the end what was lost, loudly', () => {
    const one = {
      delivered: 99,
      lost: 1,
      redelivered: 0,
      deadLetters: 0,
      lagAtEnd: 2,
      latencyMs,
    };
    const none = { ...one, delivered: 100, lost: 0 };
    const result: Result = {
      published: 100,
      duplicatesDropped: 1,
      services: { matching: one, eta: none, fraud: { ...none, ...fraud }, surge: none },
      rides,
      eta: { medianAbsErrorS: 2.5 },
      seed: 7,
      server: 'nats-server 2.15.1',
      load,
      troubles: [],
    };
    expect(summary(result, ['a note']).join('\n')).toMatchInlineSnapshot(`
      "100 published, 1 duplicates dropped, 1 LOST  (seed 7, nats-server 2.15.1)
                handled    lost redeliv  lag at end  p50 ms  p99 ms   p99.9
      matching       99       1       0           2    1.25    12.5       -
      eta           100       0       0           2    1.25    12.5       -
      fraud         100       0       0           2    1.25    12.5       -
      surge         100       0       0           2    1.25    12.5       -
      rides 9 of 10 matched  eta error 2.5 s  fraud precision 1.00 recall 0.50
      after the first 10 s: offered 25,000/s, confirmed 8,200/s  late 4,000  skipped 100  failed 0
      cores used of 2: simulator 0.40  matching 0.10  eta 0.10  fraud 0.10  surge 0.10  nats-server 0.90  other programs 0.05
      limit: a reason
      a note
      lag at end: not handled yet when sending ended, before draining
      latencies leave out the first 10 s, while the code is cold"
    `);
    const viewers = {
      viewers: 2000,
      positionsPerS: 140_000,
      framesPerS: 30_000,
      takenPerS: 2500,
      latencyMs,
      shed: 3,
      gatewayMiB: [90, 91] as const,
    };
    const short = summary({ ...result, load: { ...load, leftOutS: 0, achievedPerS: 35_600 } }, []);
    expect(short.join('\n')).toContain(
      '\noffered 25,000/s, confirmed 35,600/s (some had waited since before)',
    );
    expect(short.at(-1)).toMatch(/^latencies include the first seconds/);
    expect(short.join()).not.toContain('leave out');
    const floor = { latencyMs, servicesTimes: 4.25, viewersTimes: null };
    const lines = summary({ ...result, load: { ...load, viewers, floor } }, []);
    expect(lines.slice(-5, -3).join('\n')).toMatchInlineSnapshot(`
      "viewers 2,000  positions 140,000/s in 30,000 frames/s of 2,500 taken/s  p50 1.25 ms  p99 12.5 ms to the socket  shed 3  gateway memory 90 → 91 MiB
      core NATS at this rate p50 1.25 ms  p99 12.5 ms: slowest service 4.3 ×, viewers - its p99"
    `);
  });
});

import { describe, expect, it } from 'vitest';
import { cronProblems, nextTick, parseCron, timeZoneProblem } from './cron.ts';

/** The ticks that follow a moment. */
function ticks(cron: string, after: string, { zone = 'UTC', count = 3 } = {}): string[] {
  const parsed = parseCron(cron);
  const found: string[] = [];
  let ms: number | undefined = Date.parse(after);
  while (parsed !== undefined && found.length < count) {
    ms = nextTick(parsed, zone, ms);
    if (ms === undefined) break;
    found.push(new Date(ms).toISOString().slice(0, 16));
  }
  return found;
}

describe('a cron', () => {
  it.each([
    ['* * * * *', ['2026-01-31T23:59', '2026-02-01T00:00', '2026-02-01T00:01']],
    ['*/20 * * * *', ['2026-02-01T00:00', '2026-02-01T00:20', '2026-02-01T00:40']],
    ['5,10-12/2 3 * * *', ['2026-02-01T03:05', '2026-02-01T03:10', '2026-02-01T03:12']],
    ['30 6 * * *', ['2026-02-01T06:30', '2026-02-02T06:30', '2026-02-03T06:30']],
    ['0 0 1 * *', ['2026-02-01T00:00', '2026-03-01T00:00', '2026-04-01T00:00']],
    ['0 0 31 * *', ['2026-03-31T00:00', '2026-05-31T00:00', '2026-07-31T00:00']],
    ['0 9 * * mon-FRI', ['2026-02-02T09:00', '2026-02-03T09:00', '2026-02-04T09:00']],
    ['0 0 29 feb *', ['2028-02-29T00:00']],
    // Two day fields: either is enough, unless one is any day.
    ['0 0 13 * 5', ['2026-02-06T00:00', '2026-02-13T00:00', '2026-02-20T00:00']],
    ['0 0 ? * 0', ['2026-02-01T00:00', '2026-02-08T00:00', '2026-02-15T00:00']],
    ['50/5 23 * * *', ['2026-02-01T23:50', '2026-02-01T23:55', '2026-02-02T23:50']],
  ])('%s ticks at %j', (cron, expected) => {
    expect(cronProblems(cron)).toEqual([]);
    expect(ticks(cron, '2026-01-31T23:58:30Z', { count: expected.length })).toEqual(expected);
  });

  it('goes by the clocks of its time zone, clock changes included', () => {
    const zone = 'Europe/Berlin';
    // 02:30 does not exist on 29 March, and comes twice on 25 October.
    expect(ticks('30 2 * * *', '2026-03-27T12:00Z', { zone })).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
      '2026-03-31T00:30',
    ]);
    expect(ticks('30 2 * * *', '2026-10-24T12:00Z', { zone })).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-26T01:30',
    ]);
    expect(ticks('0 0 * * *', '2026-03-28T12:00Z', { zone })).toEqual([
      '2026-03-28T23:00',
      '2026-03-29T22:00',
      '2026-03-30T22:00',
    ]);
    expect(ticks('15 9 * * *', '2026-01-01T00:00Z', { zone: 'Asia/Kolkata', count: 1 })).toEqual([
      '2026-01-01T03:45',
    ]);
  });

  it.each([
    ['* * * *', 'must have five fields (minute, hour, day of month, month, day of week), not 4'],
    ['0 * * * * *', 'must have five fields'],
    ['', 'not 0'],
    ['@daily', "must be five fields, such as '0 0 * * *'"],
    ['60 * * * *', "minute '60' must be within 0 to 59"],
    ['* 24 * * *', "hour '24' must be within 0 to 23"],
    ['* * 0 * *', "day of month '0' must be within 1 to 31"],
    ['* * * 13 *', "month '13' must be within 1 to 12"],
    ['* * * foo *', "month 'foo' must be numbers from 1 to 12 or JAN to DEC"],
    ['* * * * 7', "day of week '7' must be within 0 to 6; Sunday is 0"],
    ['*/0 * * * *', "minute '*/0' has a step of 0"],
    ['9-5 * * * *', "minute '9-5' begins after its end"],
    ['1,,2 * * * *', "minute '' is no number"],
    ['-1 * * * *', "minute '-1' is no number"],
    ['* * L * *', "day of month 'L' must be numbers"],
    ['0 0 30 2 *', 'never comes'],
    [5, 'cron must be text'],
  ])('%j is refused in plain words', (cron, words) => {
    expect(cronProblems(cron).join()).toContain(words);
  });

  it('names everything that is wrong at once', () => {
    expect(cronProblems('60 24 * * *')).toHaveLength(2);
  });
});

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'])('may be %s', (zone) => {
    expect(timeZoneProblem(zone)).toBeUndefined();
  });

  it.each(['Europe/Atlantis', '+02:00', '', 'europe/berlin', 'Local', 5])(
    'cannot be %j',
    (zone) => {
      expect(timeZoneProblem(zone)).toContain("such as 'Europe/Berlin'");
    },
  );
});

import { expect, it } from 'vitest';
import { COLUMNS, flowSection, type Run, toFlowRows } from './result.ts';

const run: Run = {
  style: 'rest',
  trouble: 'outage',
  placed: 200,
  refused: 50,
  paid: 150,
  repeated: 2,
  responseP50Ms: 12,
  responseP99Ms: 300,
  paidP50Ms: 11,
  paidP99Ms: 290,
  servicesCpuUs: 40_000,
  serverCpuUs: null,
};

it('a row is the medians of the rounds, as shares and a cost an order', () => {
  const rows = toFlowRows([run, { ...run, refused: 70, paid: 130 }, { ...run, refused: 60 }]);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    trouble: 'outage',
    style: 'synchronous REST',
    rounds: 3,
    refusedShare: 0.3,
    paidShare: 0.75,
    servicesCpuUs: 200,
    serverCpuUs: null,
  });
});

it('events come after REST, and troubles in their order', () => {
  const rows = toFlowRows([
    { ...run, style: 'events', serverCpuUs: 10_000 },
    run,
    { ...run, trouble: 'healthy' },
  ]);
  expect(rows.map(({ trouble, style }) => `${trouble} ${style}`)).toEqual([
    'healthy synchronous REST',
    'outage synchronous REST',
    'outage events',
  ]);
  expect(rows[2]).toMatchObject({ serverCpuUs: 50 });
});

it('every column of the table is in its rows', () => {
  for (const { key } of COLUMNS) expect(toFlowRows([run])[0]).toHaveProperty(key);
});

it('the section of the page has a line for each row, and a dash where nothing was measured', () => {
  const section = flowSection(toFlowRows([run]), 200);
  expect(section[0]).toBe('## One order flow, as REST and as events');
  expect(section.map((row) => row.replaceAll(/ +/g, ' '))).toContain(
    '| outage | synchronous REST | 12.0 | 300.0 | 25.0 % | 75.0 % | 11.0 | 290.0 | 2 | 200 | – |',
  );
});

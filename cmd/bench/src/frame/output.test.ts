import { expect, it } from 'vitest';
import { commandLine, environment } from './environment.ts';
import { type Findings, toCsv, toText } from './output.ts';

const findings: Findings = {
  benchmark: 'publish',
  settings: { size: 128, msgs: null },
  rows: [
    { side: 'ours', count: 1_234_567, cpuUs: 1.234, serverCpuUs: null },
    { side: 'theirs, "plain"', count: 9, cpuUs: null, serverCpuUs: null },
  ],
  warnings: ['the machine was busy'],
  partial: true,
  environment: environment('2.15.1', 'jetlane bench publish'),
};

const COLUMNS = [
  { key: 'side', title: 'who' },
  { key: 'count', title: 'messages' },
  { key: 'cpuUs', title: 'CPU µs', format: (us: number) => us.toFixed(1) },
  { key: 'serverCpuUs', title: 'server' },
];

it('the table leaves out what nobody measured, and says what is partial', () => {
  const text = toText(findings, COLUMNS);
  expect(text).toContain('publish: size 128\nPARTIAL: interrupted before the end\n');
  expect(text).toContain('who               messages  CPU µs\n');
  expect(text).toContain('ours             1,234,567     1.2\n');
  expect(text).toContain('theirs, "plain"          9       -\n');
  expect(text).toContain('warning: the machine was busy');
});

it('CSV has every column, quoted where it must be', () => {
  expect(toCsv(findings)).toBe(
    [
      'benchmark,side,count,cpuUs,serverCpuUs,partial',
      'publish,ours,1234567,1.234,,true',
      'publish,"theirs, ""plain""",9,,,true',
    ].join('\n'),
  );
});

it('the command is written as it would be typed', () => {
  expect(commandLine(['bench', 'publish', '--stream', 'A B'])).toBe(
    "jetlane bench publish --stream 'A B'",
  );
});

import { expect, it } from 'vitest';
import { barChart } from './bar-chart.ts';
import { flameGraph, toFlame } from './flame.ts';
import { lineChart } from './line-chart.ts';
import { micros, short } from './svg.ts';

/** Every element is closed, in order, and no text holds what XML forbids: enough to find what a parser would refuse. */
function wellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [tag, slash, name] of xml.matchAll(
    /<(\/?)([a-z]+)(?:\s+[\w-]+="[^"<>]*")*\s*\/?>/gi,
  )) {
    if (slash === '/') {
      if (open.pop() !== name) return false;
    } else if (!tag.endsWith('/>')) open.push(name as string);
  }
  const outside = xml
    .replaceAll(/<style>[^<]*<\/style>/g, '')
    .replaceAll(/<(\/?)([a-z]+)(?:\s+[\w-]+="[^"<>]*")*\s*\/?>/gi, '');
  return open.length === 0 && !/[<>]|&(?!(amp|lt|gt|quot);)/.test(outside);
}

const axis = { title: 'rate <&> "x"', log: true, format: short };

it('a line chart is valid XML, names its series and reads in light and dark', () => {
  const svg = lineChart({
    title: 'Latency & load <1>',
    words: 'words',
    x: axis,
    y: { title: 'p50', log: true, format: micros },
    series: [
      {
        name: 'Jetlane <ours>',
        points: [
          [1_000, 250],
          [20_000, 700],
          [50_000, 4_000],
        ],
      },
      {
        name: 'core',
        points: [
          [1_000, 150],
          [50_000, 350],
        ],
      },
      { name: 'nothing', points: [] },
    ],
  });
  expect(wellFormed(svg)).toBe(true);
  expect(svg).toContain('prefers-color-scheme:dark');
  expect(svg).toContain('Jetlane &lt;ours&gt;');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

it('a line chart takes values that are all zero, on a plain scale', () => {
  const y = { title: 'MiB', format: short };
  const svg = lineChart({
    title: 't',
    words: 'w',
    x: y,
    y,
    series: [{ name: 'a', points: [[0, 0]] }],
  });
  expect(wellFormed(svg)).toBe(true);
  expect(svg).not.toMatch(/NaN|Infinity/);
});

it('bars show median and range', () => {
  const svg = barChart({
    title: 'Throughput',
    words: 'words',
    bars: [
      { name: 'ours', value: 80_000, min: 70_000, max: 90_000, colour: 0 },
      { name: 'theirs', value: 20_000, min: 19_000, max: 21_000, colour: 1 },
    ],
    format: short,
  });
  expect(wellFormed(svg)).toBe(true);
  expect(svg).toContain('>80k</text>');
});

it('a flame graph puts equal callees together, leaves idle time out, and is valid XML', () => {
  const frame = (functionName: string, url = '') => ({ functionName, url });
  const flame = toFlame(
    {
      nodes: [
        { id: 1, callFrame: frame('(root)'), children: [2, 3, 4] },
        { id: 2, callFrame: frame('(idle)') },
        { id: 3, callFrame: frame('send', 'file:///x/a<b>.js'), children: [5] },
        { id: 4, callFrame: frame('send', 'file:///x/a<b>.js'), children: [6] },
        { id: 5, callFrame: frame('', 'node:net') },
        { id: 6, callFrame: frame('', 'node:net') },
      ],
      samples: [2, 3, 4, 5, 6],
      timeDeltas: [9_000, 100, 200, 300, 400],
    },
    'Publishing',
  );
  expect(flame).toEqual({
    name: 'Publishing',
    us: 1_000,
    calls: [
      {
        name: 'send (a<b>.js)',
        us: 1_000,
        calls: [{ name: '(anonymous) (node:net)', us: 700, calls: [] }],
      },
    ],
  });
  const svg = flameGraph(flame, 'words');
  expect(wellFormed(svg)).toBe(true);
  expect(svg).toContain('70.0 %');
});

it('figures are short', () => {
  expect([950, 12_345, 1_500_000].map(short)).toEqual(['950', '12.3k', '1.5M']);
  expect([161.4, 12_831, 1_095_679].map(micros)).toEqual(['161 µs', '12.8 ms', '1.1 s']);
});

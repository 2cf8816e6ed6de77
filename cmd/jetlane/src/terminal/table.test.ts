import { describe, expect, it } from 'vitest';
import { renderTable } from './table.ts';

const columns = [
  { title: 'NAME' },
  { title: 'COUNT', align: 'right' },
  { title: 'WORDS', bends: true },
] as const;

describe('renderTable', () => {
  it('aligns text left and numbers right, without blanks at the ends of lines', () => {
    const lines = renderTable(columns, [
      ['orders', '12', 'short'],
      ['a', '3456789', ''],
    ]);
    expect(lines).toEqual([
      'NAME      COUNT  WORDS', //
      'orders       12  short',
      'a       3456789',
    ]);
  });

  it('counts a wide character as the two cells that it takes', () => {
    expect(renderTable(columns, [['漢字', '1', '']])).toEqual([
      'NAME  COUNT  WORDS',
      '漢字      1',
    ]);
  });

  it('cuts the bending column so that the table fits, but not to nothing', () => {
    const rows = [['orders', '12', 'a very long sentence about what went wrong']];
    expect(renderTable(columns, rows, { width: 40 })[1]).toBe(
      'orders     12  a very long sentence abo…',
    );
    expect(renderTable(columns, rows, { width: 5 })[1]).toBe('orders     12  a very long…');
  });

  it('paints padded cells without moving them', () => {
    const paint = (padded: string) => `<${padded}>`;
    const lines = renderTable([{ title: 'A', paint }, { title: 'B' }], [['long', 'b']], {
      paintTitle: paint,
    });
    expect(lines).toEqual(['<A   >  <B>', '<long>  b']);
  });
});

/** The first column of `jetlane top`: names, as a tree. Pure. */
import { cutMiddle, visibleLength } from '../terminal/cells.ts';
import { oneLine } from '../terminal/printable.ts';
import type { Row } from './rows.ts';

/** The name of a row, its place in the tree in front, in no more than `width` cells: the partitions go first, then the middle of the name. */
export function nameCell(row: Row, width = Number.POSITIVE_INFINITY): string {
  const { front, name, share } = partsOf(row);
  const whole = `${front}${name}${share}`;
  if (visibleLength(whole) <= width) return whole;
  return cutMiddle(front, width) + cutMiddle(name, width - visibleLength(front));
}

/** The whole name of a row where {@link nameCell} cuts it. */
export function wholeName(row: Row | undefined, width: number): string | undefined {
  if (row === undefined) return undefined;
  const { front, name } = partsOf(row);
  return visibleLength(`${front}${name}`) <= width ? undefined : name;
}

function partsOf(row: Row) {
  if (row.kind === 'stream') {
    const sign = row.stream.consumers.length === 0 ? ' ' : row.open ? '▾' : '▸';
    return { front: `${sign} `, name: oneLine(row.stream.name), share: '' };
  }
  const { name, partitions } = row.consumer;
  const share = partitions === undefined ? '' : ` (${partitions} partitions)`;
  return { front: '    ', name: oneLine(name), share };
}

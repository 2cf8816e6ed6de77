/** What tables of consumers, of workers and of partitions say alike. */
import type { ConsumerRow } from '../../src/wire.ts';
import { count, rate } from '../kit/format.ts';
import { CapBar } from './figures.tsx';
import type { Column } from './table.tsx';

/** Not delivered yet. */
export const lagColumn: Column<Pick<ConsumerRow, 'lag'>> = {
  id: 'lag',
  label: 'Lag',
  number: true,
  sortBy: ({ lag }) => lag,
  cell: ({ lag }) => count(lag),
};

/** Delivered and not acknowledged, against its cap. */
export const unackedColumn: Column<Pick<ConsumerRow, 'ackPending' | 'maxAckPending'>> = {
  id: 'unacked',
  label: 'Unacknowledged',
  sortBy: ({ ackPending }) => ackPending,
  cell: ({ ackPending, maxAckPending }) => (
    <CapBar used={ackPending} cap={maxAckPending} what="Unacknowledged" />
  ),
};

/** Delivered more than once, and not acknowledged yet. */
export const redeliveredColumn: Column<Pick<ConsumerRow, 'redelivered'>> = {
  id: 'redelivered',
  label: 'Redelivered',
  number: true,
  sortBy: ({ redelivered }) => redelivered,
  cell: ({ redelivered }) => (
    <span class={redelivered > 0 ? 'warn' : ''}>{count(redelivered)}</span>
  ),
};

/** Per second. */
export const deliveredColumn: Column<Pick<ConsumerRow, 'deliveredPerSec'>> = {
  id: 'delivered',
  label: 'Delivered',
  number: true,
  sortBy: ({ deliveredPerSec }) => deliveredPerSec,
  cell: ({ deliveredPerSec }) => rate(deliveredPerSec),
};

/** Per second. */
export const settledColumn: Column<Pick<ConsumerRow, 'settledPerSec'>> = {
  id: 'settled',
  label: 'Settled',
  number: true,
  sortBy: ({ settledPerSec }) => settledPerSec,
  cell: ({ settledPerSec }) => rate(settledPerSec),
};

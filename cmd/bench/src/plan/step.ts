/** Arithmetic that can be read: every result stands beside the sum that it came from. */

/** One result. */
export interface Step {
  /** For programs. */
  readonly id: string;
  /** What it is. */
  readonly says: string;
  readonly value: number;
  readonly unit: Unit;
  /** The sum, with numbers. */
  readonly how: string;
}

/** How a value is written. */
export type Unit =
  | 'perSecond'
  | 'us'
  | 'cores'
  | 'count'
  | 'bytes'
  | 'bytesPerSecond'
  | 'bits'
  | 'percent';

/** Steps that belong together. */
export interface Section {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** One step. */
export function step(
  id: string,
  says: string,
  [value, unit]: readonly [number, Unit],
  how: string,
): Step {
  return { id, says, value, unit, how };
}

/** A value with its unit. */
export function written(value: number, unit: Unit): string {
  if (unit === 'perSecond') return `${amount(value)}/s`;
  if (unit === 'us') return `${amount(value)} µs`;
  if (unit === 'cores') return `${amount(value)} cores`;
  if (unit === 'bytes') return sized(value);
  if (unit === 'bytesPerSecond') return `${sized(value)}/s`;
  if (unit === 'percent') return `${amount(value)} %`;
  if (unit === 'bits') return `${amount(value / 1e9)} Gbit/s`;
  return amount(value);
}

/** A number for people: three digits of what is small, thousands separated in what is large. */
export function amount(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** Seconds, minutes, hours or days. */
export function lasting(ms: number): string {
  for (const [unit, length] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['s', 1_000],
  ] as const)
    if (ms >= length && (ms % length === 0 || unit === 's'))
      return `${amount(ms / length)} ${unit}`;
  return `${amount(ms)} ms`;
}

function sized(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)),
  );
  return `${amount(bytes / 1024 ** power)} ${units[power]}`;
}

/** A count in at most five characters or so: `950`, `9,500`, `12.3k`, `4.56M`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return '-';
  if (Math.abs(count) < 9_999.5) return whole.format(count);
  if (Math.abs(count) < 999_500) return `${digits(count / 1000)}k`;
  if (Math.abs(count) < 999_500_000) return `${digits(count / 1e6)}M`;
  return `${digits(count / 1e9)}G`;
}

/** A limit, most of which are round: `500`, `8k`, `1.5k`, `40k`. */
export function formatCap(count: number): string {
  if (Math.abs(count) < 1_000) return formatCount(count);
  const [unit, sign] = count < 999_500 ? [1e3, 'k'] : count < 999_500_000 ? [1e6, 'M'] : [1e9, 'G'];
  return `${Number((count / unit).toPrecision(3))}${sign}`;
}

/** A rate: `0/s`, `0.4/s`, `2,500/s`, `12.3k/s`. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 10) return `${Number(perSecond.toFixed(1))}/s`;
  return `${formatCount(perSecond)}/s`;
}

/** A time: `3µs`, `0.42ms`, `12.3ms`, `950ms`, `1.50s`, `2m 5s`, `3h 20m`, `2d 4h`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return '-';
  if (ms > 0 && ms < 0.01) return `${Math.max(1, Math.round(ms * 1000))}µs`;
  if (ms < 1000) return `${digits(ms)}ms`;
  if (ms < 60_000) return `${digits(ms / 1000)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3600)}h`;
}

/** Bytes in powers of 1024: `0 B`, `1.5 KiB`, `2.00 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? String(value) : digits(value)} ${units[unit]}`;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Three significant digits, as far as they say something. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  if (size >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

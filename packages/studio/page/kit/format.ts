/** How numbers, times and sizes read on Jetlane's pages. What is not known reads `–`. */

/** A number that may not be known. */
export type Known = number | null | undefined;

/** What a page writes for a value that it does not have. */
export const unknown = '–';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const digits = [0, 1, 2].map(
  (places) =>
    new Intl.NumberFormat('en', { minimumFractionDigits: places, maximumFractionDigits: places }),
);
const compact = new Intl.NumberFormat('en', {
  notation: 'compact',
  maximumSignificantDigits: 3,
});

/** `1,234,567` */
export function count(value: Known): string {
  return isKnown(value) ? whole.format(value) : unknown;
}

/** At most three significant digits: `842`, `12.3K`, `1.24M`. For places where width is dear. */
export function compactCount(value: Known): string {
  if (!isKnown(value)) return unknown;
  return Math.abs(value) < 1000 ? whole.format(value) : compact.format(value);
}

/** `2,500/s`, `12.5/s`, `0.25/s`; zero is `0/s`. */
export function rate(perSecond: Known): string {
  return isKnown(perSecond) ? `${figure(perSecond)}/s` : unknown;
}

/** A latency to three digits, in the unit that reads best: `0.42 ms`, `21.2 ms`, `1.25 s`, `2.5 min`. */
export function milliseconds(ms: Known): string {
  if (!isKnown(ms)) return unknown;
  const size = Math.abs(ms);
  if (size < 1000) return `${figure(ms)} ms`;
  if (size < 60_000) return `${figure(ms / 1000)} s`;
  return duration(ms);
}

/** A time that was set or has passed, in its two largest units: `30 s`, `2 min 5 s`, `3 d 4 h`. Zero is `0 s`. */
export function duration(ms: Known): string {
  if (!isKnown(ms)) return unknown;
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms > 0 && ms < 1000) return `${whole.format(Math.max(1, ms))} ms`;
  const found = spans.findIndex(({ spanMs }) => Math.round(ms / 1000) * 1000 >= spanMs);
  const large = spans[found];
  if (!large) return '0 s';
  const small = spans[found + 1];
  const totalMs = Math.round(ms / (small?.spanMs ?? 1000)) * (small?.spanMs ?? 1000);
  const first = Math.floor(totalMs / large.spanMs);
  const rest = small ? Math.round((totalMs % large.spanMs) / small.spanMs) : 0;
  return `${whole.format(first)} ${large.unit}${rest > 0 && small ? ` ${rest} ${small.unit}` : ''}`;
}

/** How long ago something was: `now`, `12 s ago`, `3 d 4 h ago`; in the future: `in 5 s`. */
export function ago(ms: Known): string {
  if (!isKnown(ms)) return unknown;
  if (Math.abs(ms) < 1000) return 'now';
  return ms < 0 ? `in ${duration(-ms)}` : `${duration(ms)} ago`;
}

/** Binary multiples, as the limits of a stream are written: `512 B`, `12.3 KiB`, `4.00 GiB`. */
export function bytes(size: Known): string {
  if (!isKnown(size)) return unknown;
  let rest = size;
  let unit = 0;
  while (Math.abs(rest) >= 1024 && unit < sizes.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? whole.format(rest) : figure(rest)} ${sizes[unit]}`;
}

/** A share of one, as percent: `0.42` reads `42 %`. */
export function percent(share: Known): string {
  return isKnown(share) ? `${figure(share * 100)} %` : unknown;
}

/** The time of day here, to the millisecond: `09:41:07.250`. */
export function timeOfDay(atMs: Known): string {
  if (!isKnown(atMs)) return unknown;
  const at = new Date(atMs);
  return `${[at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => padded(part, 2)).join(':')}.${padded(at.getMilliseconds(), 3)}`;
}

/** Date and time here: `2026-11-21 09:41:07.250`. */
export function dateAndTime(atMs: Known): string {
  if (!isKnown(atMs)) return unknown;
  const at = new Date(atMs);
  return `${[at.getFullYear(), padded(at.getMonth() + 1, 2), padded(at.getDate(), 2)].join('-')} ${timeOfDay(atMs)}`;
}

/** `1 message`, `2 messages`, `no messages`; give the plural when it is not one with an s. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  if (value === 0) return `no ${plural}`;
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** As {@link counted}, with three significant digits at most: `1.43K messages`. */
export function compactCounted(value: number, noun: string, plural = `${noun}s`): string {
  return value < 1000 ? counted(value, noun, plural) : `${compactCount(value)} ${plural}`;
}

const spans = [
  { unit: 'd', spanMs: 86_400_000 },
  { unit: 'h', spanMs: 3_600_000 },
  { unit: 'min', spanMs: 60_000 },
  { unit: 's', spanMs: 1000 },
];
const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

function isKnown(value: Known): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Three significant digits, and never fewer than the whole part has. */
function figure(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return (digits[places] ?? whole).format(value);
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

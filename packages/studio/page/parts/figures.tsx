/** Single figures: a tile, a value against its limit, a short past. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { count, percent } from '../kit/format.ts';

/** What a figure asks for. */
export type Tone = '' | 'ok' | 'warn' | 'alarm' | 'accent';

/** A figure with its name. Belongs in a `<dl class="tiles">`. */
export function Tile(props: {
  label: string;
  value: string;
  tone?: Tone;
  href?: string;
  children?: ComponentChildren;
}) {
  const { label, value, tone = '', href, children } = props;
  return (
    <div class="tile">
      <dt>{href ? <a href={href}>{label}</a> : label}</dt>
      <dd>
        <span class={`value ${tone}`}>{value}</span>
        {children && <span class="quiet note">{children}</span>}
      </dd>
    </div>
  );
}

/** How much of a cap is used; near the cap it warns, at it it alarms. */
export function capTone(used: number, cap: number | null): 'warn' | 'alarm' | '' {
  if (cap === null || cap <= 0) return '';
  if (used >= cap) return 'alarm';
  return used >= 0.8 * cap ? 'warn' : '';
}

/** `12 of 1,000` over a bar. */
export function CapBar({ used, cap, what }: { used: number; cap: number | null; what: string }) {
  const bar = useRef<HTMLSpanElement>(null);
  const share = cap === null || cap <= 0 ? 0 : Math.min(1, used / cap);
  useEffect(() => {
    bar.current?.style.setProperty('--share', share.toFixed(4));
  }, [share]);
  const limit = cap === null ? 'no cap' : count(cap);
  return (
    <span
      class="cap"
      title={`${what}: ${count(used)} of ${limit}${cap === null ? '' : `, ${percent(share)}`}`}
    >
      <span>
        {count(used)}
        <span class="quiet"> {cap === null ? 'no cap' : `of ${count(cap)}`}</span>
      </span>
      {cap !== null && <span ref={bar} class={`bar ${capTone(used, cap)}`} />}
    </span>
  );
}

const sparkWidth = 72;
const sparkHeight = 16;

/** The course of a value, without figures: those stand beside it. Nothing for a value that never moved from zero. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const top = Math.max(...values, 0);
  if (values.length < 2 || top === 0) return <span class="spark" />;
  const step = sparkWidth / (values.length - 1);
  const points = values.map((value, at) => {
    const y = sparkHeight - 1.5 - (value / top) * (sparkHeight - 3);
    return `${(at * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg class="spark" viewBox={`0 0 ${sparkWidth} ${sparkHeight}`} aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}

/** A word in a frame; its colour only repeats what it says. */
export function Pill({ tone = '', children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`pill ${tone}`}>{children}</span>;
}

/** Names and values, one under another. */
export function Facts({ rows }: { rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

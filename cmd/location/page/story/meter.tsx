/** A value against its limit: as text, and as a bar for who sees it. */
import { useEffect, useRef } from 'preact/hooks';

/** What is shown. */
export interface MeterProps {
  readonly value: number;
  readonly of: number;
  readonly text: string;
}

const WARN_SHARE = 0.5;
const ALARM_SHARE = 0.9;

/** The bar. Its length is set from script, as the page's policy allows no style attributes in markup. */
export function Meter({ value, of, text }: MeterProps) {
  const bar = useRef<HTMLSpanElement>(null);
  const share = of > 0 ? Math.min(1, value / of) : 0;
  useEffect(() => bar.current?.style.setProperty('--share', String(share)), [share]);
  return (
    <span class="meter">
      <span class="text">{text}</span>
      <span ref={bar} class={`bar${stateOf(share)}`} aria-hidden="true" />
    </span>
  );
}

function stateOf(share: number): string {
  if (share >= ALARM_SHARE) return ' alarm';
  return share >= WARN_SHARE ? ' warn' : '';
}

import { useEffect, useRef } from 'preact/hooks';
import { type Chart, type ChartOptions, chart } from '../kit/chart.ts';

/** Values at one moment, one for each series. */
export interface Moment {
  readonly atMs: number;
  readonly values: readonly (number | null)[];
}

/** A chart that is given all moments that are known, and adds those that are new. `options` of the first drawing count. */
export function LiveChart(props: { options: ChartOptions; moments: readonly Moment[] }) {
  const { options, moments } = props;
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<Chart | undefined>(undefined);
  const newestMs = useRef(Number.NEGATIVE_INFINITY);
  // The options of the first drawing count.
  useEffect(() => {
    if (!place.current) return;
    const made = chart(place.current, options);
    drawn.current = made;
    newestMs.current = Number.NEGATIVE_INFINITY;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    for (const { atMs, values } of moments) {
      if (atMs <= newestMs.current) continue;
      newestMs.current = atMs;
      drawn.current?.add(atMs, values);
    }
  });
  return <div class="chart-place panel" ref={place} />;
}

/** How fast: the latencies of the last minutes, of all services or of one, with the floor of core NATS below. */
import { type Chart, chart } from '@jetlane/studio/kit/chart';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SecondPoint } from '../figures.ts';
import type { StoryStore } from './store.ts';

const ALL = 'all services';
const SPAN_MS = 300_000;

/** The second part. */
export function Speed({
  store,
  services,
}: {
  readonly store: StoryStore;
  readonly services: readonly string[];
}) {
  const [pick, setPick] = useState(ALL);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => (place.current ? draw(place.current, store, pick) : undefined), [store, pick]);
  return (
    <section aria-labelledby="story-speed">
      <div class="head">
        <h2 id="story-speed">How fast</h2>
        <label class="pick">
          <span class="unseen">Latency of </span>
          <select
            class="field"
            value={pick}
            onChange={(event) => setPick(event.currentTarget.value)}
          >
            {[ALL, ...services].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <div ref={place} class="latency" />
      <details class="aside">
        <summary>How this is measured</summary>
        <p class="quiet">
          From the moment a report was meant to be sent, by a schedule that no slow server slows
          down, until its handler is done; each point is one second of it. The dashed lines are core
          NATS on the same server at the same time, without a stream: a process of its own sends a
          message every 20 ms from one connection to another, counted from its intended time too.
          Surge waits up to 10 ms to take reports together.
        </p>
      </details>
    </section>
  );
}

/** Draws what there is, and every second that comes. */
function draw(place: HTMLElement, store: StoryStore, pick: string): () => void {
  const drawn = chart(place, {
    title: `Latency of ${pick}`,
    unit: 'ms',
    scale: 'log',
    heightPx: 190,
    spanMs: SPAN_MS,
    series: [
      { label: 'p50', colour: 'series-2' },
      { label: 'p99', colour: 'series-1' },
      { label: 'p99.9', colour: 'series-4' },
      { label: 'core NATS p50', colour: 'series-5', dashed: true },
      { label: 'core NATS p99', colour: 'series-5', dashed: true },
    ],
  });
  let shown: readonly SecondPoint[] = [];
  const show = () => {
    shown = addNew(drawn, shown, store.points, pick);
  };
  show();
  const stop = store.listen(show);
  return () => {
    stop();
    drawn.destroy();
  };
}

/** Adds what is new at the end; begins anew where something came in front, or another run began. */
function addNew(
  drawn: Chart,
  shown: readonly SecondPoint[],
  points: readonly SecondPoint[],
  pick: string,
): readonly SecondPoint[] {
  const last = shown.at(-1);
  const from = last === undefined ? -1 : points.lastIndexOf(last);
  const inFront =
    shown[0] !== undefined && points[0] !== undefined && points[0].runS < shown[0].runS;
  const anew = from < 0 || inFront;
  if (anew) drawn.clear();
  const newest = points.at(-1);
  if (!newest) return points;
  const zeroMs = Date.now() - newest.runS * 1000;
  for (const point of anew ? points : points.slice(from + 1)) {
    const { p50, p99, p999 } = (pick === ALL ? point.all : point.services[pick]) ?? NOTHING;
    const { p50: floor50, p99: floor99 } = point.floor ?? NOTHING;
    drawn.add(zeroMs + point.runS * 1000, [p50, p99, p999, floor50, floor99]);
  }
  return points;
}

const NOTHING = { p50: null, p99: null, p999: null };

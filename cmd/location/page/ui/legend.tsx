/** What the colours mean, and what this view costs. */
import { bytes, count, rate } from '@jetlane/studio/kit/format';
import { SURGE_STEPS } from '../palette.ts';
import type { Model } from './model.ts';

/** At the foot of the map. */
export function Legend({ model }: { readonly model: Model }) {
  const { scope } = model;
  return (
    <section class="legend panel" aria-label="Legend, and what this view costs">
      <details open={!isNarrow()}>
        <summary>Key</summary>
        <ul>
          <li class="free">free</li>
          <li class="assigned">on the way to a rider</li>
          <li class="on-trip">with a rider</li>
          <li class="flagged">caught by fraud</li>
          {!scope?.aggregated && <li class="rider">rider waiting</li>}
        </ul>
        <div class="surge">
          <span>surge</span>
          <ol aria-label="Price factors">
            {SURGE_STEPS.map((step, index) => (
              <li key={step} class={`much-${index + 1}`}>
                {step.toFixed(1)}
              </li>
            ))}
          </ol>
        </div>
        {scope?.aggregated && (
          <p class="quiet">
            Counted by cell, once a second: too many drivers to tell apart. Zoom in to see each.
          </p>
        )}
      </details>
      <p class="cost" id="cost" title={costTitle(model)}>
        {costWords(model)}
      </p>
    </section>
  );
}

/** `31 cells · 248/s messages · 12.3 KiB/s`. Pure. */
function costWords({ scope, rates }: Pick<Model, 'scope' | 'rates'>): string {
  if (!scope) return 'nothing yet';
  const cells = `${count(scope.cells)} ${scope.cells === 1 ? 'cell' : 'cells'}`;
  return `${cells} · ${count(rates.reportsPerS)} messages/s · ${bytes(rates.bytesPerS)}/s`;
}

function costTitle({ rates, workMs }: Model): string {
  const work =
    workMs === null ? '' : `; 95 of 100 frames took ${workMs.toFixed(1)} ms of script or less`;
  return `What this page listens to: it got ${rate(rates.framesPerS)} frames${work}`;
}

/** Where there is no room for it, it opens when asked. */
const isNarrow = () => matchMedia('(max-width: 48rem)').matches;

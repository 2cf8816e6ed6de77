/** The map's buttons. */
import type { Actions, Model } from './model.ts';

/** For those without a wheel. */
export function Zoom({ model, actions }: { readonly model: Model; readonly actions: Actions }) {
  return (
    <div class="zoom">
      <button type="button" class="button" aria-label="Zoom in" onClick={() => actions.zoom(1.6)}>
        +
      </button>
      <button
        type="button"
        class="button"
        aria-label="Zoom out"
        disabled={model.whole}
        onClick={() => actions.zoom(1 / 1.6)}
      >
        −
      </button>
      <button
        type="button"
        class="button"
        aria-label="Show the whole city"
        disabled={model.whole}
        onClick={actions.showAll}
      >
        ⤢
      </button>
    </div>
  );
}

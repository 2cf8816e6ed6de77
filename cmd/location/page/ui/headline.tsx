/** The name of the page, how its connection stands, and what is in view. */
import { count, counted } from '@jetlane/studio/kit/format';
import type { Actions, Model } from './model.ts';

/** In the corner of the map. */
export function Headline({ model, actions }: { readonly model: Model; readonly actions: Actions }) {
  const { begun, drivers, rides, scope, choices } = model;
  const { kind, words } = stateOf(model);
  return (
    <header class="headline panel">
      <div class="title">
        <h1>Jetlane</h1>
        <span class={`pill ${kind}`} id="state">
          {words}
        </span>
      </div>
      <p class="in-view">
        {begun ? (
          <InView drivers={drivers} rides={rides} aggregated={scope?.aggregated} />
        ) : (
          WAITING
        )}
      </p>
      <nav class="buttons">
        <a class="button" href="./studio/">
          Machinery
        </a>
        <button
          type="button"
          class="button"
          aria-expanded={choices !== undefined}
          aria-controls="choices"
          onClick={actions.toggleChoices}
        >
          List
        </button>
      </nav>
    </header>
  );
}

const WAITING = 'waiting for the first drivers';

interface InViewProps {
  readonly drivers: number;
  readonly rides: number;
  readonly aggregated: boolean | undefined;
}

function InView({ drivers, rides, aggregated }: InViewProps) {
  return (
    <>
      <strong id="in-view">{count(drivers)}</strong>
      {drivers === 1 ? ' driver' : ' drivers'}
      {aggregated ? ', counted by cell' : ` · ${counted(rides, 'ride')}`}
    </>
  );
}

function stateOf({ link, stall }: Model): { readonly kind: string; readonly words: string } {
  switch (link.phase) {
    case 'live':
      if (stall) return { kind: 'warn', words: 'live, waiting' };
      return { kind: 'ok', words: link.transport === 'websocket' ? 'live' : 'live, by events' };
    case 'connecting':
      return { kind: 'warn', words: 'connecting' };
    case 'waiting':
      return { kind: 'alarm', words: 'no connection' };
    case 'impossible':
      return { kind: 'alarm', words: 'not possible here' };
  }
}

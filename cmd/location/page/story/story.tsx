/**
 * The panel beside the map, as a story from top to bottom: what is happening, how fast, whether anything is lost, and then
 * "try to break it". Everything is set as text, so nothing that a service said can become markup.
 */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Live } from '../live.ts';
import { Announcer } from './announcer.tsx';
import { Breaking } from './breaking.tsx';
import { Happening } from './happening.tsx';
import { Lost } from './lost.tsx';
import { Speed } from './speed.tsx';
import { StoryStore } from './store.ts';

/** Puts the panel into `root` and keeps it up to date with what the city says. Returns what takes it away. */
export function mountStory(root: HTMLElement, live: Pick<Live, 'on' | 'onLink'>): () => void {
  const store = new StoryStore();
  const stops = [
    live.on('figures', ({ figures }) => store.hear(figures)),
    live.onLink(({ phase }) => store.linked(phase === 'live')),
  ];
  render(<Story store={store} />, root);
  return () => {
    for (const stop of stops) stop();
    render(null, root);
  };
}

function Story({ store }: { readonly store: StoryStore }) {
  const [state, setState] = useState(store.state);
  useEffect(() => store.listen(() => setState(store.state)), [store]);
  const { figures, linked } = state;
  if (!figures) {
    const words = linked
      ? 'The first figures come in a second.'
      : 'The figures come with the city.';
    return <p class="story-waiting quiet">{words}</p>;
  }
  return (
    <div class={linked ? 'story' : 'story stale'}>
      {linked ? null : (
        <p class="notice warn">No connection: these figures are from before it broke.</p>
      )}
      <Happening figures={figures} />
      <Speed store={store} services={Object.keys(figures.services)} />
      <Lost figures={figures} />
      <Breaking state={state} figures={figures} act={(action) => void store.act(action)} />
      <Announcer troubles={figures.troubles} answer={state.answer} />
    </div>
  );
}

/** The studio’s page. */
import { render } from 'preact';
import { readSession } from './server/api.ts';
import { keepFeed } from './server/live.ts';
import { Shell } from './shell.tsx';
import { keepShortcuts } from './shortcuts.ts';
import { keepHistory } from './state/history.ts';
import { keepRoute } from './state/place.ts';

const place = document.getElementById('studio');
if (place) {
  keepRoute();
  keepHistory();
  keepShortcuts();
  keepFeed();
  // Asked again with the first snapshot after the server was away.
  readSession().catch(() => undefined);
  place.replaceChildren();
  render(<Shell />, place);
}

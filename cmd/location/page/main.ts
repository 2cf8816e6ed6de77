/** Starts the page: the city's map first, then everything that lives on it. */
import { cityPage } from './city-page.ts';
import { sheet } from './sheet.ts';
import type { CityMap } from './wire.ts';

const RETRY_MS = 2000;

sheet(place('sheet'), place('story'));
const build = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? '';
cityPage({
  city: await load(),
  build,
  map: place('map') as HTMLCanvasElement,
  ground: place('ground') as HTMLCanvasElement,
  overlay: place('overlay'),
  summary: place('summary'),
  story: place('story'),
});

/** The city does not change while the page is open; without it there is nothing to draw on. */
async function load(): Promise<CityMap> {
  const overlay = place('overlay');
  for (;;) {
    try {
      const response = await fetch('city.json');
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const city = (await response.json()) as CityMap;
      overlay.replaceChildren();
      return city;
    } catch {
      const notice = document.createElement('p');
      notice.className = 'notice alarm notices';
      notice.textContent = 'The map of the city did not load. Trying again every two seconds.';
      overlay.replaceChildren(notice);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function place(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}

/** Who is in view, as a list: first the caught, then those nearest to the middle of the map; or the fullest cells. */
import type { Camera } from './camera.ts';
import type { Crowd } from './crowd.ts';
import { isNarrow } from './crowd-scene.ts';
import type { Driver, Drivers } from './drivers.ts';
import type { Rides } from './rides.ts';
import { flagWords } from './scene.ts';
import type { Choice } from './ui/model.ts';
import type { TrailOf } from './wire.ts';

/** Where to look, and what choosing does. */
export interface ChoiceSources {
  readonly camera: Camera;
  readonly drivers: Drivers;
  readonly rides: Rides;
  /** Instead of drivers, where they are counted. */
  readonly crowd: Crowd | undefined;
  readonly choose: (of: TrailOf) => void;
  readonly zoomTo: (xM: number, yM: number) => void;
}

/** A longer list nobody goes through. */
const CHOICES_MAX = 40;
const RIDES_MAX = 10;
const KMH = 3.6;
/** Those whose rider stands at the door. */
const RIDE_WORDS: Readonly<Record<string, string>> = {
  waiting: 'a rider waits',
  matched: 'a driver comes',
};

/** Makes the list, best first. */
export function choicesIn(sources: ChoiceSources): Choice[] {
  return sources.crowd ? clusters(sources, sources.crowd) : single(sources);
}

function clusters({ camera, zoomTo }: ChoiceSources, crowd: Crowd): Choice[] {
  return [...crowd.clusters(isNarrow(camera.scale))]
    .sort((a, b) => b.drivers - a.drivers)
    .slice(0, CHOICES_MAX)
    .map(({ cells, drivers, meanMps, x, y }) => ({
      key: cells.join(' '),
      name: `${drivers} drivers`,
      words: `${Math.round(meanMps * KMH)} km/h on average`,
      choose: () => zoomTo(x, y),
    }));
}

function single({ camera, drivers, rides, choose }: ChoiceSources): Choice[] {
  const [middleX, middleY] = [camera.widthPx / 2, camera.heightPx / 2];
  const away = (x: number, y: number) => Math.hypot(camera.x(x) - middleX, camera.y(y) - middleY);
  const inView = (x: number, y: number) =>
    Math.abs(camera.x(x) - middleX) <= middleX && Math.abs(camera.y(y) - middleY) <= middleY;
  const people = [...drivers.all]
    .filter(({ x, y }) => inView(x, y))
    .map((driver) => ({
      driver,
      flag: drivers.flags.get(driver.id),
      awayPx: away(driver.x, driver.y),
    }))
    .sort(
      (a, b) => Number(b.flag !== undefined) - Number(a.flag !== undefined) || a.awayPx - b.awayPx,
    )
    .map(({ driver, flag }) => ({
      key: driver.id,
      name: driver.id,
      words: wordsFor(driver, flag?.reason),
      choose: () => choose({ of: 'driver', id: driver.id }),
    }));
  const waiting = [...rides.all]
    .flatMap(({ id, stage, pickUp }) => {
      const words = RIDE_WORDS[stage];
      return words && pickUp ? [{ id, words, ...pickUp }] : [];
    })
    .filter(({ x, y }) => inView(x, y))
    .sort((a, b) => away(a.x, a.y) - away(b.x, b.y))
    .slice(0, RIDES_MAX)
    .map(({ id, words }) => ({
      key: id,
      name: id,
      words,
      choose: () => choose({ of: 'ride', id }),
    }));
  return [...people.slice(0, CHOICES_MAX - waiting.length), ...waiting];
}

function wordsFor({ status, speedMps }: Driver, reason: string | undefined): string {
  const caught = reason === undefined ? '' : `caught: ${flagWords(reason)}, `;
  const does = status === 'free' ? 'free' : status === 'assigned' ? 'to a rider' : 'with a rider';
  return `${caught}${does}, ${Math.round(speedMps * KMH)} km/h`;
}

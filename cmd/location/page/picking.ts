/** What lies under the hand. Pure. */
import type { Camera } from './camera.ts';
import type { Cluster, Crowd } from './crowd.ts';
import { isNarrow, radiusOf } from './crowd-scene.ts';
import type { Drivers } from './drivers.ts';
import type { Rides } from './rides.ts';
import type { TrailOf } from './wire.ts';

/** The driver nearest to a pixel, or where there is none a ride's rider; undefined when nothing is within reach. */
export function pick(
  camera: Camera,
  shown: { readonly drivers: Drivers; readonly rides: Rides },
  [xPx, yPx]: readonly [number, number],
  reachPx: number,
): TrailOf | undefined {
  let found: TrailOf | undefined;
  let least = reachPx;
  const consider = (x: number, y: number, one: TrailOf) => {
    const away = Math.hypot(camera.x(x) - xPx, camera.y(y) - yPx);
    if (away >= least) return;
    [found, least] = [one, away];
  };
  for (const { id, x, y } of shown.drivers.all) consider(x, y, { of: 'driver', id });
  for (const { id, stage, pickUp } of shown.rides.all) {
    if (pickUp && (stage === 'waiting' || stage === 'matched')) {
      consider(pickUp.x, pickUp.y, { of: 'ride', id });
    }
  }
  return found;
}

/** The disc under a pixel. */
export function pickCluster(
  camera: Camera,
  crowd: Crowd,
  xPx: number,
  yPx: number,
): Cluster | undefined {
  const clusters = crowd.clusters(isNarrow(camera.scale));
  const most = clusters.reduce((max, { drivers }) => Math.max(max, drivers), 1);
  return clusters.find(
    (one) =>
      Math.hypot(camera.x(one.x) - xPx, camera.y(one.y) - yPx) <=
      radiusOf(one, most, camera.scale) + 2,
  );
}

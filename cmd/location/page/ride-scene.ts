/** Rides on the map: riders who wait, the way to them and with them, and when they arrive. */
import type { Camera } from './camera.ts';
import { label } from './label.ts';
import type { Palette } from './palette.ts';
import type { Place, Ride } from './rides.ts';
import type { Scene } from './scene.ts';

/** From so many pixels a metre on the ways with a rider are drawn, too; before that they would cover the city. */
const WAYS_FROM = 0.2;
const TIMES_FROM = 0.2;
const TIMES_MAX = 60;
const PULSE_MS = 1600;
const DASH = [5, 4];

/** Draws what belongs under the cars. */
export function drawRides(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  scene: Scene,
): void {
  const near = camera.scale >= WAYS_FROM;
  const times: { ride: Ride; at: Place }[] = [];
  for (const ride of scene.rides.all) {
    const chosen = isChosen(ride, scene);
    if (near || chosen || ride.stage === 'matched') {
      const target = drawWay(pen, camera, palette, scene, ride, chosen);
      if (target && (camera.scale >= TIMES_FROM || chosen)) times.push({ ride, at: target });
    }
    if (ride.stage === 'waiting' && ride.pickUp)
      drawRider(pen, camera, palette, scene, ride.pickUp);
    if (ride.stage === 'matched' && ride.pickUp)
      drawSpot(pen, camera, palette.assigned, palette.outline, ride.pickUp);
    if (ride.stage === 'arrived') drawArrival(pen, camera, palette, scene, ride);
  }
  for (const { ride, at } of times.slice(0, TIMES_MAX)) {
    const words = countdown(ride, scene.cityMs);
    if (words === '') continue;
    const color = ride.stage === 'riding' ? palette.onTrip : palette.assigned;
    label(pen, palette, { words, x: camera.x(at.x) + 8, y: camera.y(at.y) - 6, color });
  }
}

/** `2:05`, counting down; `now` when it should have arrived; nothing before the first estimate. */
export function countdown({ arrivesAtMs }: Ride, cityMs: number): string {
  if (arrivesAtMs === null) return '';
  const seconds = Math.round((arrivesAtMs - cityMs) / 1000);
  if (seconds <= 0) return 'now';
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function isChosen({ id, driverId }: Ride, { selected }: Scene): boolean {
  if (!selected) return false;
  return selected.of === 'ride' ? selected.id === id : selected.id === driverId;
}

/** From the car to where it is heading; returns that. */
function drawWay(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  { drivers }: Scene,
  ride: Ride,
  chosen: boolean,
): Place | undefined {
  const target = ride.stage === 'riding' ? ride.dropOff : ride.pickUp;
  const driver = ride.driverId === null ? undefined : drivers.find(ride.driverId);
  const moves = ride.stage === 'riding' || ride.stage === 'matched';
  if (!target || !driver || !moves) return undefined;
  pen.beginPath();
  pen.moveTo(camera.x(driver.x), camera.y(driver.y));
  pen.lineTo(camera.x(target.x), camera.y(target.y));
  pen.strokeStyle = ride.stage === 'riding' ? palette.onTrip : palette.assigned;
  pen.lineWidth = chosen ? 2.5 : 1.25;
  if (ride.stage === 'matched') pen.setLineDash(DASH);
  const alpha = pen.globalAlpha;
  if (!chosen) pen.globalAlpha = alpha * 0.45;
  pen.stroke();
  pen.globalAlpha = alpha;
  pen.setLineDash([]);
  if (ride.stage === 'riding') drawFlagpole(pen, camera, palette, target);
  return target;
}

/** Somebody stands here and waits. */
function drawRider(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  { nowMs, still }: Scene,
  at: Place,
): void {
  drawSpot(pen, camera, palette.rider, palette.outline, at);
  const phase = still ? 0.5 : (nowMs % PULSE_MS) / PULSE_MS;
  const alpha = pen.globalAlpha;
  pen.globalAlpha = alpha * (1 - phase);
  pen.strokeStyle = palette.rider;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(camera.x(at.x), camera.y(at.y), 4 + 9 * phase, 0, 2 * Math.PI);
  pen.stroke();
  pen.globalAlpha = alpha;
}

function drawSpot(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  color: string,
  outline: string,
  at: Place,
): void {
  pen.beginPath();
  pen.arc(camera.x(at.x), camera.y(at.y), 4, 0, 2 * Math.PI);
  pen.fillStyle = outline;
  pen.fill();
  pen.strokeStyle = color;
  pen.lineWidth = 2;
  pen.stroke();
}

function drawFlagpole(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  at: Place,
): void {
  const [x, y] = [camera.x(at.x), camera.y(at.y)];
  pen.fillStyle = palette.onTrip;
  pen.fillRect(x - 3, y - 3, 6, 6);
}

const ARRIVAL_SHOWN_MS = 6000;

/** A ring that opens once. */
function drawArrival(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  { drivers, nowMs, still }: Scene,
  { driverId, dropOff }: Ride,
): void {
  // The car stands where it could get to: a rider may have named a place without a road.
  const at = (driverId === null ? undefined : drivers.find(driverId)) ?? dropOff;
  if (!at) return;
  const alpha = pen.globalAlpha;
  const phase = still ? 0.6 : (nowMs % ARRIVAL_SHOWN_MS) / ARRIVAL_SHOWN_MS;
  pen.globalAlpha = alpha * 0.7;
  pen.strokeStyle = palette.onTrip;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(camera.x(at.x), camera.y(at.y), 5 + 3 * Math.sin(phase * 2 * Math.PI), 0, 2 * Math.PI);
  pen.stroke();
  pen.globalAlpha = alpha;
}

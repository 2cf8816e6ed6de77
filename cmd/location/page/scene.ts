/** What moves: cars, rides, marks of the caught and of the selected. Drawn anew in every frame; colours by groups, not by car. */
import type { Camera } from './camera.ts';
import type { Driver, Drivers } from './drivers.ts';
import { label } from './label.ts';
import { LabelPlaces } from './label-places.ts';
import type { Palette } from './palette.ts';
import { drawRides } from './ride-scene.ts';
import type { Rides } from './rides.ts';
import type { TrailOf } from './wire.ts';

/** What a frame shows. */
export interface Scene {
  readonly drivers: Drivers;
  readonly rides: Rides;
  readonly selected: TrailOf | undefined;
  /** The city's time, for countdowns. */
  readonly cityMs: number;
  readonly nowMs: number;
  /** Nothing may pulse. */
  readonly still: boolean;
  /** Nothing is heard at present: what is shown is old. */
  readonly cut: boolean;
}

const GROUPS = ['free', 'assigned', 'onTrip', 'flagged'] as const;
/** From so many pixels a metre on one sees where a car points. */
const ARROWS_FROM = 0.05;
const FLAG_WORDS: Readonly<Record<string, string>> = {
  teleport: 'teleports',
  'two-devices': 'two phones',
};
const FLAG_LABELS_MAX = 40;
/** So much wider is the ring around the one that was chosen. */
const CHOSEN_PX = 6;

/** Why a driver was caught, in two words. */
export function flagWords(reason: string): string {
  return FLAG_WORDS[reason] ?? reason;
}

/** The colour group of a driver. */
function groupOf(status: string, flagged: boolean): (typeof GROUPS)[number] {
  if (flagged) return 'flagged';
  if (status === 'free' || status === 'assigned') return status;
  return 'onTrip';
}

/** Draws a frame of single drivers. The pen is in CSS pixels. */
export function drawScene(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  scene: Scene,
): void {
  pen.globalAlpha = scene.cut ? 0.45 : 1;
  drawRides(pen, camera, palette, scene);
  const groups: Record<(typeof GROUPS)[number], Driver[]> = {
    free: [],
    assigned: [],
    onTrip: [],
    flagged: [],
  };
  const { flags } = scene.drivers;
  for (const driver of scene.drivers.all) {
    groups[groupOf(driver.status, flags.has(driver.id))].push(driver);
  }
  const size = sizeAt(camera.scale);
  pen.lineJoin = 'round';
  pen.strokeStyle = palette.outline;
  pen.lineWidth = size > 4 ? 2 : 1.2;
  for (const name of GROUPS) {
    if (groups[name].length === 0) continue;
    pen.fillStyle = palette[name];
    pen.beginPath();
    if (camera.scale > ARROWS_FROM) traceArrows(pen, camera, groups[name], size);
    else traceDots(pen, camera, groups[name], size);
    pen.stroke();
    pen.fill();
  }
  drawFlags(pen, camera, palette, scene, groups.flagged);
  drawSelected(pen, camera, palette, scene);
  pen.globalAlpha = 1;
}

/** Pixels from the middle of a car to its front. */
function sizeAt(scale: number): number {
  return Math.max(2.2, Math.min(8, 1.6 + 30 * scale));
}

function traceDots(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  all: readonly Driver[],
  size: number,
): void {
  for (const driver of all) {
    const [x, y] = [camera.x(driver.x), camera.y(driver.y)];
    pen.moveTo(x + size, y);
    pen.arc(x, y, size, 0, 2 * Math.PI);
  }
}

function traceArrows(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  all: readonly Driver[],
  size: number,
): void {
  for (const driver of all) {
    const [x, y] = [camera.x(driver.x), camera.y(driver.y)];
    const angle = (driver.headingDeg * Math.PI) / 180;
    const [sin, cos] = [Math.sin(angle) * size, Math.cos(angle) * size];
    const [tipX, tipY] = [x + 1.35 * sin, y - 1.35 * cos];
    const [rightX, rightY] = [x + 0.85 * cos - sin, y + 0.85 * sin + cos];
    pen.moveTo(tipX, tipY);
    pen.lineTo(rightX, rightY);
    pen.lineTo(x - 0.5 * sin, y + 0.5 * cos);
    pen.lineTo(x - 0.85 * cos - sin, y - 0.85 * sin + cos);
    // Round the tip by its first edge once more: in Chromium closePath() takes as long as the path is, so all of them the square of it.
    pen.lineTo(tipX, tipY);
    pen.lineTo(rightX, rightY);
  }
}

function drawFlags(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  { drivers, selected }: Scene,
  flagged: readonly Driver[],
): void {
  if (flagged.length === 0) return;
  const radius = sizeAt(camera.scale) + 5;
  pen.strokeStyle = palette.flagged;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const driver of flagged) {
    const [x, y] = [camera.x(driver.x), camera.y(driver.y)];
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
  }
  pen.stroke();
  const places = new LabelPlaces(camera.widthPx);
  for (const driver of flagged.slice(0, FLAG_LABELS_MAX)) {
    const words = flagWords(drivers.flags.get(driver.id)?.reason ?? '');
    const [x, y] = [camera.x(driver.x), camera.y(driver.y) + 4];
    const gapPx = radius + (driver.id === selected?.id ? CHOSEN_PX : 0) + 3;
    const place = places.take({ words, x, y, gapPx });
    if (place) label(pen, palette, { words, ...place, color: palette.flagged });
  }
}

function drawSelected(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  { drivers, rides, selected }: Scene,
): void {
  if (!selected) return;
  const driverId = selected.of === 'driver' ? selected.id : rides.find(selected.id)?.driverId;
  const driver = driverId ? drivers.find(driverId) : undefined;
  if (!driver) return;
  const [x, y] = [camera.x(driver.x), camera.y(driver.y)];
  pen.beginPath();
  pen.arc(x, y, sizeAt(camera.scale) + 9, 0, 2 * Math.PI);
  pen.strokeStyle = palette.outline;
  pen.lineWidth = 5;
  pen.stroke();
  pen.strokeStyle = palette.accent;
  pen.lineWidth = 2.5;
  pen.stroke();
}

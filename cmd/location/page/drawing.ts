/**
 * Draws the city. What stands still (land, river, roads, prices) is drawn once for each view into
 * a picture of its own; the cars are drawn over it in every frame.
 */
import type { Camera } from './camera.ts';
import type { Drivers } from './drivers.ts';

/** What `/city.json` answers. */
export interface CityMap {
  readonly widthM: number;
  readonly heightM: number;
  readonly origin: { readonly lat: number; readonly lng: number };
  readonly metresPerDegree: { readonly lat: number; readonly lng: number };
  readonly river: {
    readonly line: readonly (readonly [number, number])[];
    readonly widthM: number;
  };
  readonly roads: readonly (readonly number[])[];
  readonly cells: Readonly<Record<string, readonly number[]>>;
}

/** The picture. */
export interface Drawing {
  /** What stands still has to be drawn anew. */
  invalidate(): void;
  frame(nowMs: number): void;
}

const ROAD_WIDTH_M = [9, 20, 20] as const;
const ROAD_WIDTH_PX = [0.5, 1.3, 1.6] as const;
const ROAD_COLORS = ['--street', '--arterial', '--bridge'] as const;
const ARROW_SCALE = 0.12;

/** What is drawn, besides the city. */
export interface Shown {
  readonly drivers: Drivers;
  readonly prices: ReadonlyMap<string, number>;
}

/** Draws on `canvas` what `camera` shows. */
export function drawing(
  canvas: HTMLCanvasElement,
  city: CityMap,
  camera: Camera,
  shown: Shown,
): Drawing {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const still = document.createElement('canvas');
  let stale = true;

  function drawStill(): void {
    stale = false;
    still.width = canvas.width;
    still.height = canvas.height;
    const pen = still.getContext('2d') as CanvasRenderingContext2D;
    pen.scale(devicePixelRatio, devicePixelRatio);
    const color = colors();
    pen.fillStyle = color('--land');
    pen.fillRect(0, 0, still.width, still.height);
    drawPrices(pen, { city, camera, prices: shown.prices, color: color('--surge') });
    drawRiver(pen, { city, camera, color: color('--water') });
    for (const [kind, name] of ROAD_COLORS.entries()) {
      drawRoads(pen, { city, camera, kind, color: color(name) });
    }
  }

  return {
    invalidate() {
      stale = true;
    },
    frame(nowMs) {
      if (stale) drawStill();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(still, 0, 0);
      context.scale(devicePixelRatio, devicePixelRatio);
      drawDrivers(context, { camera, drivers: shown.drivers, nowMs });
    },
  };
}

interface Layer {
  readonly city: CityMap;
  readonly camera: Camera;
  readonly color: string;
}

function drawPrices(
  pen: CanvasRenderingContext2D,
  { city, camera, color, prices }: Layer & { readonly prices: ReadonlyMap<string, number> },
): void {
  pen.fillStyle = color;
  for (const [cell, multiplier] of prices) {
    const corners = city.cells[cell];
    if (!corners || multiplier <= 1) continue;
    pen.globalAlpha = Math.min(0.55, 0.12 + (multiplier - 1) * 0.22);
    pen.beginPath();
    for (let i = 0; i + 1 < corners.length; i += 2) {
      pen.lineTo(...camera.toScreen(corners[i] as number, corners[i + 1] as number));
    }
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function drawRiver(pen: CanvasRenderingContext2D, { city, camera, color }: Layer): void {
  pen.strokeStyle = color;
  pen.lineWidth = city.river.widthM * camera.scale;
  pen.lineJoin = 'round';
  pen.beginPath();
  for (const [x, y] of city.river.line) pen.lineTo(...camera.toScreen(x, y));
  pen.stroke();
}

function drawRoads(
  pen: CanvasRenderingContext2D,
  { city, camera, color, kind }: Layer & { readonly kind: number },
): void {
  const ends = city.roads[kind] ?? [];
  pen.strokeStyle = color;
  pen.lineCap = 'round';
  pen.lineWidth = Math.max(ROAD_WIDTH_PX[kind] ?? 0.5, (ROAD_WIDTH_M[kind] ?? 9) * camera.scale);
  pen.beginPath();
  for (let i = 0; i + 3 < ends.length; i += 4) {
    pen.moveTo(...camera.toScreen(ends[i] as number, ends[i + 1] as number));
    pen.lineTo(...camera.toScreen(ends[i + 2] as number, ends[i + 3] as number));
  }
  pen.stroke();
}

function drawDrivers(
  pen: CanvasRenderingContext2D,
  { camera, drivers, nowMs }: { camera: Camera; drivers: Drivers; nowMs: number },
): void {
  const color = colors();
  const flagged = color('--flagged');
  const fills: Readonly<Record<string, string>> = {
    free: color('--free'),
    assigned: color('--assigned'),
    'on-trip': color('--on-trip'),
  };
  const arrows = camera.scale > ARROW_SCALE;
  const size = Math.max(1.8, Math.min(7, 26 * camera.scale));
  drivers.each(nowMs, (driver) => {
    const [x, y] = camera.toScreen(driver.x, driver.y);
    pen.fillStyle = driver.flagged ? flagged : (fills[driver.status] ?? flagged);
    if (arrows) drawArrow(pen, { x, y, headingDeg: driver.headingDeg, size });
    else pen.fillRect(x - size, y - size, size * 2, size * 2);
    if (!driver.flagged) return;
    pen.strokeStyle = flagged;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc(x, y, size + 5, 0, 7);
    pen.stroke();
  });
}

function drawArrow(
  pen: CanvasRenderingContext2D,
  { x, y, headingDeg, size }: { x: number; y: number; headingDeg: number; size: number },
): void {
  const angle = (headingDeg * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const point = (right: number, up: number) =>
    pen.lineTo(x + (right * cos + up * sin) * size, y + (right * sin - up * cos) * size);
  pen.beginPath();
  point(0, 1.3);
  point(0.85, -1);
  point(0, -0.5);
  point(-0.85, -1);
  pen.fill();
}

/** The theme's colours, by the names that the style sheet gives them. */
function colors(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

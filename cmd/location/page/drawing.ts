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
const ARROW_SCALE = 0.12;

/** Draws on `canvas` what `camera` shows. */
export function drawing(
  canvas: HTMLCanvasElement,
  city: CityMap,
  camera: Camera,
  shown: { readonly drivers: Drivers; readonly prices: ReadonlyMap<string, number> },
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
    drawPrices(pen, color('--surge'));
    drawRiver(pen, color('--water'));
    drawRoads(pen, 0, color('--street'));
    drawRoads(pen, 1, color('--arterial'));
    drawRoads(pen, 2, color('--bridge'));
  }

  function drawPrices(pen: CanvasRenderingContext2D, color: string): void {
    pen.fillStyle = color;
    for (const [cell, multiplier] of shown.prices) {
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

  function drawRiver(pen: CanvasRenderingContext2D, color: string): void {
    pen.strokeStyle = color;
    pen.lineWidth = city.river.widthM * camera.scale;
    pen.lineJoin = 'round';
    pen.beginPath();
    for (const [x, y] of city.river.line) pen.lineTo(...camera.toScreen(x, y));
    pen.stroke();
  }

  function drawRoads(pen: CanvasRenderingContext2D, kind: number, color: string): void {
    const ends = city.roads[kind] ?? [];
    pen.strokeStyle = color;
    pen.lineCap = 'round';
    const metres = ROAD_WIDTH_M[kind] ?? 9;
    pen.lineWidth = Math.max(ROAD_WIDTH_PX[kind] ?? 0.5, metres * camera.scale);
    pen.beginPath();
    for (let i = 0; i + 3 < ends.length; i += 4) {
      pen.moveTo(...camera.toScreen(ends[i] as number, ends[i + 1] as number));
      pen.lineTo(...camera.toScreen(ends[i + 2] as number, ends[i + 3] as number));
    }
    pen.stroke();
  }

  function drawDrivers(nowMs: number): void {
    const color = colors();
    const fills: Readonly<Record<string, string>> = {
      free: color('--free'),
      assigned: color('--assigned'),
      'on-trip': color('--on-trip'),
    };
    const flagged = color('--flagged');
    const arrows = camera.scale > ARROW_SCALE;
    const size = Math.max(1.7, Math.min(7, 26 * camera.scale));
    shown.drivers.each(nowMs, (driver) => {
      const [x, y] = camera.toScreen(driver.x, driver.y);
      context.fillStyle = driver.flagged ? flagged : (fills[driver.status] ?? flagged);
      if (arrows) arrow(x, y, driver.headingDeg, size);
      else context.fillRect(x - size, y - size, size * 2, size * 2);
      if (!driver.flagged) return;
      context.strokeStyle = flagged;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(x, y, size + 5, 0, 7);
      context.stroke();
    });
  }

  function arrow(x: number, y: number, headingDeg: number, size: number): void {
    const angle = (headingDeg * Math.PI) / 180;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const point = (right: number, up: number) =>
      context.lineTo(x + (right * cos + up * sin) * size, y + (right * sin - up * cos) * size);
    context.beginPath();
    point(0, 1.3);
    point(0.85, -1);
    point(0, -0.5);
    point(-0.85, -1);
    context.fill();
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
      drawDrivers(nowMs);
    },
  };
}

/** The theme's colours, by the names that the style sheet gives them. */
function colors(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

/**
 * What stands still: land, hexes, prices, river, roads and bridges. On a canvas of its own under the cars, drawn anew only when
 * the view, the theme or a price changes. Its shapes are made once, in metres, and placed by the canvas itself.
 */
import type { Camera } from './camera.ts';
import { type Palette, surgeStep } from './palette.ts';
import type { CityMap } from './wire.ts';

/** The ground. */
export interface Ground {
  draw(palette: Palette): void;
}

const STREET_M = 9;
const ARTERIAL_M = 22;
const STREET_MIN_PX = 0.6;
const ARTERIAL_MIN_PX = 1.6;
const BANK_M = 26;
const SURGE_ALPHA = 0.55;
/** Below this many pixels a metre the smallest streets are only a texture. */
const STREETS_FROM = 0.035;

/** Draws on `canvas` what `camera` shows. `prices`: factors by cell. */
export function ground(
  canvas: HTMLCanvasElement,
  city: CityMap,
  camera: Camera,
  prices: ReadonlyMap<string, number>,
): Ground {
  const pen = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  const [streets, arterials, bridges] = [0, 1, 2].map((kind) => roadsOf(city.roads[kind] ?? []));
  const river = lineOf(city.river.line);
  const hexes = new Map(Object.entries(city.cells).map(([cell, ends]) => [cell, hexOf(ends)]));
  const grid = new Path2D();
  for (const hex of hexes.values()) grid.addPath(hex);

  function stroke(shape: Path2D | undefined, color: string, widthM: number): void {
    if (!shape) return;
    pen.strokeStyle = color;
    pen.lineWidth = widthM;
    pen.stroke(shape);
  }

  function drawPrices(palette: Palette): void {
    pen.globalAlpha = SURGE_ALPHA;
    for (const [cell, multiplier] of prices) {
      const hex = hexes.get(cell);
      const color = palette.surge[surgeStep(multiplier)];
      if (!hex || color === undefined) continue;
      pen.fillStyle = color;
      pen.fill(hex);
    }
    pen.globalAlpha = 1;
  }

  return {
    draw(palette) {
      const ratio = devicePixelRatio;
      const { scale } = camera;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.fillStyle = palette.land;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      const by = scale * ratio;
      pen.setTransform(by, 0, 0, -by, camera.x(0) * ratio, camera.y(0) * ratio);
      pen.lineJoin = 'round';
      pen.lineCap = 'round';
      const px = 1 / scale;
      stroke(river, palette.bank, city.river.widthM + BANK_M * 2);
      stroke(river, palette.water, city.river.widthM);
      drawPrices(palette);
      stroke(grid, palette.hexes, px);
      const streetM = Math.max(STREET_M, STREET_MIN_PX * px);
      const arterialM = Math.max(ARTERIAL_M, ARTERIAL_MIN_PX * px);
      const casingM = Math.max(4, 1.5 * px);
      pen.globalAlpha = scale < STREETS_FROM ? 0.55 : 1;
      stroke(streets, palette.street, streetM);
      pen.globalAlpha = 1;
      stroke(arterials, palette.casing, arterialM + casingM);
      stroke(bridges, palette.bridge, arterialM + casingM * 1.6);
      stroke(arterials, palette.arterial, arterialM);
      stroke(bridges, palette.arterial, arterialM);
      drawScaleBar(pen, camera, palette, ratio);
    },
  };
}

function roadsOf(ends: readonly number[]): Path2D {
  const path = new Path2D();
  for (let i = 0; i + 3 < ends.length; i += 4) {
    path.moveTo(ends[i] as number, ends[i + 1] as number);
    path.lineTo(ends[i + 2] as number, ends[i + 3] as number);
  }
  return path;
}

function lineOf(points: readonly (readonly number[])[]): Path2D {
  const path = new Path2D();
  for (const [x, y] of points) path.lineTo(x as number, y as number);
  return path;
}

function hexOf(corners: readonly number[]): Path2D {
  const path = new Path2D();
  for (let i = 0; i + 1 < corners.length; i += 2) {
    path.lineTo(corners[i] as number, corners[i + 1] as number);
  }
  path.closePath();
  return path;
}

const BAR_PX = 96;
const ROUND_M = [50, 100, 200, 500, 1000, 2000, 5000] as const;

/** A length that one can compare with, in the corner. */
function drawScaleBar(
  pen: CanvasRenderingContext2D,
  { scale, widthPx, heightPx }: Camera,
  { quiet, font, outline }: Palette,
  ratio: number,
): void {
  const metres = ROUND_M.findLast((length) => length * scale <= BAR_PX) ?? ROUND_M[0];
  const [right, bottom] = [widthPx - 60, heightPx - 14];
  const left = right - metres * scale;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.beginPath();
  pen.moveTo(left, bottom - 5);
  pen.lineTo(left, bottom);
  pen.lineTo(right, bottom);
  pen.lineTo(right, bottom - 5);
  pen.strokeStyle = outline;
  pen.lineWidth = 4;
  pen.stroke();
  pen.strokeStyle = quiet;
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.font = `11px ${font}`;
  pen.textAlign = 'right';
  const label = metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
  pen.strokeStyle = outline;
  pen.lineWidth = 3;
  pen.strokeText(label, right - 4, bottom - 5);
  pen.fillStyle = quiet;
  pen.fillText(label, right - 4, bottom - 5);
}

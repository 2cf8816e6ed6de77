/** Which part of the plane the canvas shows. Pure but for what it tells. */
import type { View } from './wire.ts';

/** Position and scale of the view. */
export interface Camera {
  /** Pixels to a metre. */
  readonly scale: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** It cannot be zoomed out any further. */
  readonly whole: boolean;
  /** Pixels from the left, and from the top. */
  x(xM: number): number;
  y(yM: number): number;
  /** Metres at a pixel. */
  at(xPx: number, yPx: number): { readonly x: number; readonly y: number };
  view(): View;
  resize(widthPx: number, heightPx: number): void;
  pan(rightPx: number, downPx: number): void;
  /** Around a pixel; without one, around the middle. */
  zoom(factor: number, xPx?: number, yPx?: number): void;
  /** Brings a place to the middle, at least so near. */
  lookAt(xM: number, yM: number, scale?: number): void;
  showAll(): void;
}

const SCALE_MAX = 2;
const MARGIN = 1.07;

/** Shows the whole city at first; calls `onChange` after every change. */
export function camera(
  city: { readonly widthM: number; readonly heightM: number },
  onChange: () => void,
): Camera {
  let [centreX, centreY] = [city.widthM / 2, city.heightM / 2];
  let [width, height] = [1, 1];
  let scale = 0;
  const least = () => Math.min(width / (city.widthM * MARGIN), height / (city.heightM * MARGIN));
  const isWhole = () => scale <= least() * 1.001;

  function settle(): void {
    scale = Math.min(SCALE_MAX, Math.max(least(), scale));
    centreX = within(centreX, width / scale, city.widthM);
    centreY = within(centreY, height / scale, city.heightM);
    onChange();
  }

  return {
    get scale() {
      return scale;
    },
    get widthPx() {
      return width;
    },
    get heightPx() {
      return height;
    },
    get whole() {
      return isWhole();
    },
    x: (xM) => width / 2 + (xM - centreX) * scale,
    y: (yM) => height / 2 - (yM - centreY) * scale,
    at: (xPx, yPx) => ({
      x: centreX + (xPx - width / 2) / scale,
      y: centreY - (yPx - height / 2) / scale,
    }),
    view: () => ({
      west: centreX - width / 2 / scale,
      east: centreX + width / 2 / scale,
      south: centreY - height / 2 / scale,
      north: centreY + height / 2 / scale,
    }),
    resize(widthPx, heightPx) {
      const whole = isWhole();
      [width, height] = [Math.max(1, widthPx), Math.max(1, heightPx)];
      if (whole) scale = least();
      settle();
    },
    pan(rightPx, downPx) {
      [centreX, centreY] = [centreX - rightPx / scale, centreY + downPx / scale];
      settle();
    },
    zoom(factor, xPx = width / 2, yPx = height / 2) {
      const [xM, yM] = [centreX + (xPx - width / 2) / scale, centreY - (yPx - height / 2) / scale];
      scale = Math.min(SCALE_MAX, Math.max(least(), scale * factor));
      centreX = xM - (xPx - width / 2) / scale;
      centreY = yM + (yPx - height / 2) / scale;
      settle();
    },
    lookAt(xM, yM, nearer = scale) {
      [centreX, centreY] = [xM, yM];
      scale = Math.max(scale, nearer);
      settle();
    },
    showAll() {
      scale = least();
      settle();
    },
  };
}

/** The middle of a window on a side of the city: in its middle when all of it fits. */
function within(centre: number, windowM: number, sideM: number): number {
  if (windowM >= sideM) return sideM / 2;
  return Math.min(sideM, Math.max(0, centre));
}

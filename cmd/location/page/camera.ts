/** Which part of the plane the canvas shows, and how the pointer, the wheel and keys change it. */
import type { View } from './connection.ts';

/** Position and scale of the view. */
export interface Camera {
  /** Pixels to a metre. */
  readonly scale: number;
  /** Pixels from the left and the top. */
  toScreen(xM: number, yM: number): readonly [number, number];
  view(): View;
  resize(widthPx: number, heightPx: number): void;
}

const SCALE_MAX = 1;
const KEY_STEP_PX = 80;

/** Shows the whole city at first; calls `onChange` after every change. */
export function camera(
  canvas: HTMLCanvasElement,
  city: { readonly widthM: number; readonly heightM: number },
  onChange: () => void,
): Camera {
  let [centreX, centreY] = [city.widthM / 2, city.heightM / 2];
  let [width, height] = [1, 1];
  let scale = 0;
  const least = () => Math.min(width / (city.widthM * 1.04), height / (city.heightM * 1.04));

  function clamp(): void {
    scale = Math.min(SCALE_MAX, Math.max(least(), scale));
    centreX = Math.min(city.widthM, Math.max(0, centreX));
    centreY = Math.min(city.heightM, Math.max(0, centreY));
    onChange();
  }
  function pan(rightPx: number, downPx: number): void {
    centreX -= rightPx / scale;
    centreY += downPx / scale;
    clamp();
  }
  function zoom(factor: number, xPx = width / 2, yPx = height / 2): void {
    const xM = centreX + (xPx - width / 2) / scale;
    const yM = centreY - (yPx - height / 2) / scale;
    scale = Math.min(SCALE_MAX, Math.max(least(), scale * factor));
    centreX = xM - (xPx - width / 2) / scale;
    centreY = yM + (yPx - height / 2) / scale;
    clamp();
  }
  listen(canvas, { pan, zoom });

  return {
    get scale() {
      return scale;
    },
    toScreen: (xM, yM) => [width / 2 + (xM - centreX) * scale, height / 2 - (yM - centreY) * scale],
    view: () => ({
      west: centreX - width / 2 / scale,
      east: centreX + width / 2 / scale,
      south: centreY - height / 2 / scale,
      north: centreY + height / 2 / scale,
    }),
    resize(widthPx, heightPx) {
      const whole = scale <= least() * 1.001;
      [width, height] = [widthPx, heightPx];
      if (whole) scale = least();
      clamp();
    },
  };
}

interface Moves {
  readonly pan: (rightPx: number, downPx: number) => void;
  readonly zoom: (factor: number, xPx?: number, yPx?: number) => void;
}

function listen(canvas: HTMLCanvasElement, { pan, zoom }: Moves): void {
  const pointers = new Map<number, { x: number; y: number }>();
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.offsetX, y: event.offsetY };
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (!other) return pan(now.x - before.x, now.y - before.y);
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(now.x - other.x, now.y - other.y);
    zoom(is / Math.max(1, was), (now.x + other.x) / 2, (now.y + other.y) / 2);
  });
  const lift = (event: PointerEvent) => pointers.delete(event.pointerId);
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => pan(KEY_STEP_PX, 0),
    ArrowRight: () => pan(-KEY_STEP_PX, 0),
    ArrowUp: () => pan(0, KEY_STEP_PX),
    ArrowDown: () => pan(0, -KEY_STEP_PX),
    '+': () => zoom(1.4),
    '=': () => zoom(1.4),
    '-': () => zoom(1 / 1.4),
  };
  canvas.addEventListener('keydown', (event) => {
    const move = keys[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  });
}

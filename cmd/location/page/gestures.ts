/** The hand on the map: pointer, wheel, fingers and keys. */
import type { Camera } from './camera.ts';

/** What a hand can do besides moving the map. */
export interface Hand {
  /** Points at a pixel. `reachPx`: how near is meant, wider for a finger. */
  readonly tap: (xPx: number, yPx: number, reachPx: number) => void;
  /** Steps to the next driver, or with -1 to the one before. */
  readonly step: (by: 1 | -1) => void;
  readonly escape: () => void;
}

const KEY_STEP_PX = 80;
const ZOOM_STEP = 1.4;
const TAP_MAX_MS = 500;
const TAP_MOVES_PX = 8;
const REACH_PX = { mouse: 14, finger: 26 } as const;

/** Listens on the canvas, for as long as the page is open. */
export function gestures(canvas: HTMLCanvasElement, camera: Camera, hand: Hand): void {
  listenToPointers(canvas, camera, hand);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
      camera.zoom(Math.exp((-event.deltaY * lines) / 400), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => camera.pan(KEY_STEP_PX, 0),
    ArrowRight: () => camera.pan(-KEY_STEP_PX, 0),
    ArrowUp: () => camera.pan(0, KEY_STEP_PX),
    ArrowDown: () => camera.pan(0, -KEY_STEP_PX),
    '+': () => camera.zoom(ZOOM_STEP),
    '=': () => camera.zoom(ZOOM_STEP),
    '-': () => camera.zoom(1 / ZOOM_STEP),
    '0': () => camera.showAll(),
    n: () => hand.step(1),
    p: () => hand.step(-1),
    Escape: () => hand.escape(),
  };
  canvas.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

interface Pointer {
  readonly x: number;
  readonly y: number;
}

function listenToPointers(canvas: HTMLCanvasElement, camera: Camera, hand: Hand): void {
  const pointers = new Map<number, Pointer>();
  let tap: { readonly id: number; readonly at: Pointer; readonly ms: number } | undefined;
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    const at = { x: event.offsetX, y: event.offsetY };
    pointers.set(event.pointerId, at);
    const first = pointers.size === 1 && event.button === 0;
    tap = first ? { id: event.pointerId, at, ms: event.timeStamp } : undefined;
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.offsetX, y: event.offsetY };
    if (tap && Math.hypot(now.x - tap.at.x, now.y - tap.at.y) > TAP_MOVES_PX) tap = undefined;
    if (tap) return; // a hand that trembles does not drag
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (!other) return camera.pan(now.x - before.x, now.y - before.y);
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(now.x - other.x, now.y - other.y);
    camera.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    camera.zoom(is / Math.max(1, was), (now.x + other.x) / 2, (now.y + other.y) / 2);
  });
  const lift = (event: PointerEvent) => {
    pointers.delete(event.pointerId);
    const tapped = event.type === 'pointerup' && tap?.id === event.pointerId ? tap : undefined;
    tap = undefined;
    if (!tapped || event.timeStamp - tapped.ms > TAP_MAX_MS) return;
    const reachPx = event.pointerType === 'mouse' ? REACH_PX.mouse : REACH_PX.finger;
    hand.tap(tapped.at.x, tapped.at.y, reachPx);
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
}

/** Puts the page together: map, camera, drivers, panel and the live connection. */
import { camera } from './camera.ts';
import { connectLive, type ServerMessage } from './connection.ts';
import { type CityMap, drawing } from './drawing.ts';
import { drivers } from './drivers.ts';
import { panel } from './panel.ts';

const VIEW_SETTLES_MS = 150;
const COUNT_EVERY_MS = 500;

const canvas = document.getElementById('map') as HTMLCanvasElement;
const city = (await (await fetch('city.json')).json()) as CityMap;
const cars = drivers(city);
const prices = new Map<string, number>();
const figures = panel(document);

let settling: number | undefined;
const eye = camera(canvas, city, () => {
  picture?.invalidate();
  clearTimeout(settling);
  settling = setTimeout(() => live?.show(eye.view()), VIEW_SETTLES_MS);
});
const picture = drawing(canvas, city, eye, { drivers: cars, prices });
const live = connectLive(hear, (connected) => figures.connected(connected));

function hear(message: ServerMessage): void {
  const nowMs = performance.now();
  switch (message.kind) {
    case 'snapshot':
      return cars.replace(message.drivers, nowMs);
    case 'moved':
      return cars.move(message.drivers, nowMs);
    case 'flagged':
      return cars.flag(message.driverIds);
    case 'figures':
      return figures.update(message.figures);
    case 'surge':
      for (const [cell, multiplier] of message.cells) prices.set(cell, multiplier);
      return picture.invalidate();
  }
}

function fit(): void {
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
  eye.resize(canvas.clientWidth, canvas.clientHeight);
}

new ResizeObserver(fit).observe(canvas);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => picture.invalidate());
setInterval(() => figures.drivers(cars.count), COUNT_EVERY_MS);
const frame = (nowMs: number) => {
  picture.frame(nowMs);
  requestAnimationFrame(frame);
};
fit();
requestAnimationFrame(frame);

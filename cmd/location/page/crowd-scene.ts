/** Counted drivers on the map: a disc for each cell, as large as the crowd, ringed by what they do, with their number in it. */
import type { Camera } from './camera.ts';
import type { Cluster, Crowd } from './crowd.ts';
import type { Palette } from './palette.ts';

/** From the middle of a hexagon to its nearest edge, in metres. */
const HEX_M = 460;
/** A hexagon that is narrower, in pixels, is taken together with its neighbours. */
const NARROW_PX = 21;
/** A disc this large has room for the speed, too. */
const SPEED_FROM_PX = 28;
const RING_PX = 3.5;
const KMH = 3.6;

/** Whether cells are so small that they are taken together. */
export function isNarrow(scale: number): boolean {
  return HEX_M * scale < NARROW_PX;
}

/** Draws all clusters. The pen is in CSS pixels. */
export function drawCrowd(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  crowd: Crowd,
  cut: boolean,
): void {
  const narrow = isNarrow(camera.scale);
  const clusters = crowd.clusters(narrow);
  const most = clusters.reduce((max, { drivers }) => Math.max(max, drivers), 1);
  pen.globalAlpha = cut ? 0.45 : 1;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  for (const cluster of clusters) {
    drawCluster(pen, camera, palette, cluster, radiusOf(cluster, most, camera.scale));
  }
  pen.textBaseline = 'alphabetic';
  pen.globalAlpha = 1;
}

/** How large the disc of a cluster is, beside the largest: by area. */
export function radiusOf({ drivers }: Cluster, most: number, scale: number): number {
  const room = HEX_M * scale * (isNarrow(scale) ? 2.1 : 0.92);
  return Math.max(9, Math.min(44, room) * Math.sqrt(0.2 + (0.8 * drivers) / most));
}

function drawCluster(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  palette: Palette,
  cluster: Cluster,
  radius: number,
): void {
  const [x, y] = [camera.x(cluster.x), camera.y(cluster.y)];
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = palette.surface;
  pen.fill();
  drawRing(pen, palette, cluster, { x, y, radius: radius - RING_PX / 2 });
  const words = String(cluster.drivers);
  const fits = Math.min(14, (radius * 1.9) / Math.max(2, words.length));
  const speed = radius >= SPEED_FROM_PX;
  pen.font = `600 ${Math.max(8, fits)}px ${palette.font}`;
  pen.fillStyle = palette.ink;
  pen.fillText(words, x, speed ? y - 4 : y + 0.5);
  if (speed) {
    pen.font = `10px ${palette.font}`;
    pen.fillStyle = palette.quiet;
    pen.fillText(`${Math.round(cluster.meanMps * KMH)} km/h`, x, y + 9);
  }
  if (cluster.flagged === 0) return;
  pen.beginPath();
  pen.arc(x + radius * 0.7, y - radius * 0.7, 4, 0, 2 * Math.PI);
  pen.fillStyle = palette.flagged;
  pen.fill();
  pen.strokeStyle = palette.outline;
  pen.lineWidth = 1.5;
  pen.stroke();
}

/** Free, on the way to a rider, with a rider: as shares of a circle that begins at the top. */
function drawRing(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  { free, assigned, onTrip, drivers }: Cluster,
  { x, y, radius }: { x: number; y: number; radius: number },
): void {
  const parts = [
    [free, palette.free],
    [assigned, palette.assigned],
    [onTrip, palette.onTrip],
  ] as const;
  let from = -Math.PI / 2;
  pen.lineWidth = RING_PX;
  for (const [count, color] of parts) {
    if (count === 0) continue;
    const to = from + (2 * Math.PI * count) / drivers;
    pen.beginPath();
    pen.arc(x, y, radius, from, to);
    pen.strokeStyle = color;
    pen.stroke();
    from = to;
  }
}

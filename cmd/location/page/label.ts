import type { Palette } from './palette.ts';

/** Words on the map, readable on whatever is under them. */
export function label(
  pen: CanvasRenderingContext2D,
  { outline, font }: Palette,
  { words, x, y, color }: { words: string; x: number; y: number; color: string },
): void {
  pen.font = `600 11px ${font}`;
  pen.textAlign = 'left';
  pen.strokeStyle = outline;
  pen.lineWidth = 3;
  pen.strokeText(words, x, y);
  pen.fillStyle = color;
  pen.fillText(words, x, y);
}

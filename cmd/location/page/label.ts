import type { Palette } from './palette.ts';

/** What is written, and where. */
export interface LabelText {
  readonly words: string;
  readonly x: number;
  readonly y: number;
  readonly color: string;
  /** They end at `x` instead of beginning there. */
  readonly before?: boolean;
}

/** Words on the map, readable on whatever is under them. */
export function label(
  pen: CanvasRenderingContext2D,
  { outline, font }: Palette,
  { words, x, y, color, before = false }: LabelText,
): void {
  pen.font = `600 11px ${font}`;
  pen.textAlign = before ? 'right' : 'left';
  pen.strokeStyle = outline;
  pen.lineWidth = 3;
  pen.strokeText(words, x, y);
  pen.fillStyle = color;
  pen.fillText(words, x, y);
}

/** The last minutes of the latency chart, for a page that has just come. */
import type { SecondPoint, StoryFigures } from '#figures';

/** Five minutes. */
const POINTS_MAX = 300;

/** What was said lately. */
export interface History {
  /** Oldest first. */
  readonly points: readonly SecondPoint[];
  add(figures: StoryFigures): void;
}

/** None yet. */
export function history(): History {
  const points: SecondPoint[] = [];
  return {
    points,
    add(figures) {
      points.push(toPoint(figures));
      if (points.length > POINTS_MAX) points.shift();
    },
  };
}

function toPoint({ runS, secondMs, floorMs, services }: StoryFigures): SecondPoint {
  const each = Object.entries(services).map(([name, service]) => [name, service.secondMs]);
  return { runS, all: secondMs, floor: floorMs, services: Object.fromEntries(each) };
}

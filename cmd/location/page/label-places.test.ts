import { describe, expect, it } from 'vitest';
import { LabelPlaces } from './label-places.ts';

const marked = (x: number, y: number, words = 'teleports') => ({ x, y, words, gapPx: 10 });

describe('words beside marks', () => {
  it('stand behind them, and before them at the right edge', () => {
    const places = new LabelPlaces(400);
    expect(places.take(marked(100, 50))).toEqual({ x: 110, y: 50, before: false });
    expect(places.take(marked(390, 50))).toEqual({ x: 380, y: 50, before: true });
  });

  it('make way for one another, and are left out where all places are taken', () => {
    const places = new LabelPlaces(400);
    const found = Array.from({ length: 8 }, () => places.take(marked(200, 50)));
    expect(found.slice(0, 6)).toEqual([
      { x: 210, y: 50, before: false },
      { x: 190, y: 50, before: true },
      { x: 210, y: 37, before: false },
      { x: 190, y: 37, before: true },
      { x: 210, y: 63, before: false },
      { x: 190, y: 63, before: true },
    ]);
    expect(found.slice(6)).toEqual([undefined, undefined]);
  });

  it('are left out where the map is too narrow for them', () => {
    expect(new LabelPlaces(60).take(marked(30, 50))).toBeUndefined();
  });
});

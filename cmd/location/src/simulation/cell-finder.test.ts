import { expect, it } from 'vitest';
import { cellAt, toLat, toLng } from '../city/plane.ts';
import { seededRandom } from '../city/random.ts';
import { cellFinder } from './cell-finder.ts';

it('the cell of a phone is what H3 says, wherever it drives or jumps', () => {
  const random = seededRandom(1, 'cells');
  const phones = 20;
  const find = cellFinder(phones);
  const places = Array.from({ length: phones }, () => [
    random.between(-7000, 21_000),
    random.between(-7000, 16_000),
  ]) as [number, number][];
  for (let step = 0; step < 20_000; step++) {
    const phone = step % phones;
    const place = places[phone] as [number, number];
    const farM = random.chance(0.01) ? 3000 : 60;
    place[0] += random.between(-farM, farM);
    place[1] += random.between(-farM, farM);
    const [lat, lng] = [toLat(place[1]), toLng(place[0])];
    expect(find(phone, lat, lng)).toBe(cellAt(lat, lng));
  }
});

import { describe, expect, it } from 'vitest';
import { type Flow, stallWatch } from './stall.ts';

const calm = { nowMs: 0, unheardMs: 0, confirmed: 0, mapped: 0 };
const stream = { answers: true, copies: 3 };
const looker = () => {
  const look = stallWatch();
  return (flow: Partial<Flow>) => look({ ...calm, stream, ...flow });
};

describe('a run', () => {
  it('flows while reports are confirmed and come to the map', () => {
    const look = looker();
    for (let s = 0; s < 20; s++) {
      expect(look({ nowMs: s * 1000, confirmed: s * 250, mapped: s * 250 })).toBeNull();
    }
  });

  it('stands still at the stream when reports wait for their confirmation for two seconds', () => {
    const look = looker();
    expect(look({ unheardMs: 1900 })).toBeNull();
    const away = { answers: false, copies: 3 };
    expect(look({ unheardMs: 2000, stream: away })).toEqual({
      where: 'stream',
      forMs: 2000,
      answers: false,
      copies: 3,
    });
  });

  it('stands still before the map when that gets nothing of what is confirmed', () => {
    const look = looker();
    look({ nowMs: 0, confirmed: 100, mapped: 100 });
    expect(look({ nowMs: 1000, confirmed: 350, mapped: 100 })).toBeNull();
    expect(look({ nowMs: 3000, confirmed: 850, mapped: 100 })).toMatchObject({
      where: 'map',
      forMs: 3000,
    });
    expect(look({ nowMs: 4000, confirmed: 1100, mapped: 900 })).toBeNull();
  });

  it('does not stand still where hardly anybody drives', () => {
    const look = looker();
    for (let s = 0; s < 60; s++) {
      const reports = Math.floor(s / 4);
      // The map's count is of a moment before.
      const mapped = s % 4 === 0 ? reports - 1 : reports;
      expect(look({ nowMs: s * 1000, confirmed: reports, mapped })).toBeNull();
    }
  });

  it('has no map to stand still where it has no page', () => {
    const look = looker();
    expect(look({ nowMs: 60_000, confirmed: 9000, mapped: undefined })).toBeNull();
  });
});

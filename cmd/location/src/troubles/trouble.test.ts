import { describe, expect, it } from 'vitest';
import { TROUBLE_KINDS, TROUBLES, toOffers, toOrder } from './trouble.ts';

describe('a trouble', () => {
  it('is one of a list, each with an end', () => {
    expect(TROUBLE_KINDS).toEqual(['kill', 'slow', 'block', 'poison', 'twice', 'restart', 'add']);
    for (const kind of TROUBLE_KINDS) {
      const { forMs, forMaxMs } = TROUBLES[kind];
      expect(forMs === null || forMs <= forMaxMs).toBe(true);
    }
  });

  it('is filled in with how long it lasts', () => {
    expect(toOrder({ kind: 'kill', service: 'fraud' })).toEqual({
      kind: 'kill',
      service: 'fraud',
      forMs: null,
    });
    expect(toOrder({ kind: 'twice' })).toEqual({ kind: 'twice', service: null, forMs: 20_000 });
    expect(toOrder({ kind: 'slow', service: 'eta', forMs: 500 })).toMatchObject({ forMs: 500 });
  });

  it.each([
    [{ kind: 'burn' }, 'no trouble "burn": there are kill, slow'],
    [{ kind: { a: 1 } }, 'no trouble "{"a":1}"'],
    [{ kind: 'toString' }, 'no trouble "toString"'],
    [{ kind: 'kill' }, '"kill" is for one of matching, eta, fraud, surge, not for "undefined"'],
    [{ kind: 'kill', service: 'nats\n' }, 'not for "nats?"'],
    [{ kind: 'add', service: 'surge' }, '"add" is for one of matching, fraud'],
    [{ kind: 'restart', service: 'eta' }, '"restart" concerns all services: leave "eta" out'],
    [{ kind: 'slow', service: 'eta', forMs: 200_000 }, '"slow" lasts 120 s at most'],
    [{ kind: 'kill', service: 'eta', forMs: 1000 }, '"kill" is over at once'],
  ])('is refused in words: %j', (wish, words) => {
    expect(() => toOrder(wish)).toThrow(words);
  });

  it('is offered, or says why it is not to be had', () => {
    const offers = toOffers({ restart: 'not ours' });
    expect(offers.map(({ kind }) => kind)).toEqual(TROUBLE_KINDS);
    expect(offers.find(({ kind }) => kind === 'restart')?.whyNot).toBe('not ours');
    expect(offers.find(({ kind }) => kind === 'kill')).toEqual({
      kind: 'kill',
      services: ['matching', 'eta', 'fraud', 'surge'],
      forMs: null,
      whyNot: null,
    });
  });
});

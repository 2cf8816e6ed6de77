/** A process in which a rival publishes. */
import { serve } from '../frame/serve.ts';
import { positions } from '../measure/position.ts';
import { rivalOf } from '../rivals/catalog.ts';
import { type FloodResult, type FloodRound, flood } from '../rivals/flood.ts';
import { type OfferResult, type OfferRound, offer } from '../rivals/offer.ts';
import type { Place, Sender } from '../rivals/rival.ts';

/** Who publishes, where, and what. */
export interface RivalSenderSetup {
  readonly rival: string;
  readonly place: Place;
  readonly keys: number;
  readonly size: number;
}

/** What it is asked for, in this order. */
export type RivalSenderRound =
  | { readonly do: 'prepare' }
  | ({ readonly do: 'flood' } & FloodRound)
  | ({ readonly do: 'offer' } & OfferRound)
  | { readonly do: 'remove' };

/** What it answers: by `do`. */
export type RivalSenderResult = FloodResult | OfferResult | null;

serve<RivalSenderSetup, RivalSenderRound, RivalSenderResult>(
  async ({ rival, place, keys, size }) => {
    const driver = await rivalOf(rival).open(place);
    const next = positions({ prefix: place.name, keys, size });
    let opened: Promise<Sender> | undefined;
    const sender = () => {
      opened ??= driver.sender();
      return opened;
    };
    return {
      async round(round, signal, progress) {
        switch (round.do) {
          case 'prepare':
            await driver.prepare();
            return null;
          case 'flood':
            return flood(await sender(), next, round, signal, progress);
          case 'offer':
            return offer(await sender(), next, round, signal);
          case 'remove':
            await driver.remove();
            return null;
        }
      },
      close: () => driver.close(),
    };
  },
);

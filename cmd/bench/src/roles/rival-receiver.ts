/** A process in which a rival works through what was published. */
import { nowNs } from '../frame/clock.ts';
import { serve } from '../frame/serve.ts';
import {
  type Arrivals,
  type ArrivalsResult,
  type ArrivalsRound,
  arrivals,
} from '../rivals/arrivals.ts';
import { rivalOf } from '../rivals/catalog.ts';
import type { Place } from '../rivals/rival.ts';

/** Who works, where. */
export interface RivalReceiverSetup {
  readonly rival: string;
  readonly place: Place;
  /** Begin to work at once, before the first round, for what is yet to be published. */
  readonly early: boolean;
}

serve<RivalReceiverSetup, ArrivalsRound, ArrivalsResult>(async ({ rival, place, early }) => {
  const driver = await rivalOf(rival).open(place);
  let current: Arrivals | undefined;
  const begin = () => driver.receiver((position) => current?.take(position, nowNs()));
  if (early) await begin();
  return {
    async round(round, signal) {
      current = arrivals(round, signal);
      if (!early) await begin();
      return current.result;
    },
    close: () => driver.close(),
  };
});

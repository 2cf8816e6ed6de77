/** A process that is a service of the order flow. */

import {
  type ServiceResult,
  type ServiceSetup,
  startService,
  type Window,
} from '../flow/service.ts';
import { serve } from '../frame/serve.ts';

/** What it is asked: where it is, to begin to count, and what it counted. */
export type ServiceRound =
  | { readonly do: 'address' }
  | { readonly do: 'begin'; readonly window: Window }
  | { readonly do: 'result' };

/** What it answers: by `do`. */
export type ServiceAnswer = string | ServiceResult | null;

serve<ServiceSetup, ServiceRound, ServiceAnswer>(async (setup) => {
  const service = await startService(setup);
  return {
    round(round) {
      switch (round.do) {
        case 'address':
          return service.url ?? null;
        case 'begin':
          service.begin(round.window);
          return null;
        case 'result':
          return service.result();
      }
    },
    close: () => service.close(),
  };
});

/** A process that publishes positions: as fast as it goes, or by a schedule. */
import { serve } from '../frame/serve.ts';
import { type OpenResult, type OpenRound, openLoop } from '../measure/open-loop.ts';
import { openPublisher, type PublisherName, type PublisherOptions } from '../measure/publisher.ts';
import { type SaturateResult, type SaturateRound, saturate } from '../measure/saturate.ts';

/** Who publishes, and how. */
export interface PublisherSetup extends PublisherOptions {
  readonly side: PublisherName;
}

serve<PublisherSetup, SaturateRound | OpenRound, SaturateResult | OpenResult>(
  async ({ side, ...options }) => {
    const publisher = await openPublisher(side, options);
    return {
      round: (round, signal, progress) =>
        'rate' in round
          ? openLoop(publisher, round, signal, progress)
          : saturate(publisher, round, signal, progress),
      close: () => publisher.close(),
    };
  },
);

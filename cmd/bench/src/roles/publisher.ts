/** A process that publishes positions. */
import { serve } from '../frame/serve.ts';
import { openPublisher, type PublisherName, type PublisherOptions } from '../measure/publisher.ts';
import { type SaturateResult, type SaturateRound, saturate } from '../measure/saturate.ts';

/** Who publishes, and how. */
export interface PublisherSetup extends PublisherOptions {
  readonly side: PublisherName;
}

serve<PublisherSetup, SaturateRound, SaturateResult>(async ({ side, ...options }) => {
  const publisher = await openPublisher(side, options);
  return {
    round: (round, signal, progress) => saturate(publisher, round, signal, progress),
    close: () => publisher.close(),
  };
});

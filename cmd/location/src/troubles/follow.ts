/** Makes planned troubles when it is time. */
import type { PlannedStep } from './plan.ts';
import type { Troubles } from './troubles.ts';

/** Begins now; `say` is told, in a line each, what is done and what is not. `stop` does no more of it. */
export function follow(
  steps: readonly PlannedStep[],
  troubles: Pick<Troubles, 'start' | 'mend' | 'replay'>,
  say: (line: string) => void,
): { stop(): void } {
  const timers = steps.map((step) =>
    setTimeout(() => {
      perform(step, troubles).then(say, (error: Error) => say(`not done: ${error.message}`));
    }, step.atMs),
  );
  return {
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function perform(
  step: PlannedStep,
  troubles: Pick<Troubles, 'start' | 'mend' | 'replay'>,
): Promise<string> {
  switch (step.do) {
    case 'trouble': {
      const { kind, service } = step.order;
      troubles.start(step.order);
      return `trouble: ${kind}${service === null ? '' : ` ${service}`}`;
    }
    case 'mend':
      return `mended: ${await troubles.mend()}`;
    case 'replay':
      return `replayed dead letters of ${step.service}: ${await troubles.replay(step.service)}`;
  }
}

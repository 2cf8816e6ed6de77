import { counted } from '../kit/format.ts';
import { Pill } from '../parts/figures.tsx';
import type { WorkerSummary } from '../state/workers.ts';

/** Words on its state, or nothing. */
export function WorkerState({ worker }: { worker: WorkerSummary }) {
  const { paused, attention, consumers } = worker;
  const some = consumers.filter((consumer) => consumer.paused).length;
  return (
    <span class="pills">
      {consumers.length === 0 && <Pill>never started</Pill>}
      {paused && <Pill tone="accent">paused</Pill>}
      {!paused && some > 0 && <Pill tone="accent">{counted(some, 'partition')} paused</Pill>}
      {attention.map((words) => (
        <Pill key={words} tone="warn">
          {words}
        </Pill>
      ))}
    </span>
  );
}

/** What of a consumer every list shows. */
import type { ConsumerRow } from '../../src/wire.ts';
import { duration, timeOfDay } from '../kit/format.ts';
import { Pill } from '../parts/figures.tsx';

/** Its name, and what it is where that is not its name. */
export function consumerTitle({ name, kind, worker, partition }: ConsumerRow): string {
  if (kind === 'partition' && partition !== null) return `partition ${partition} of ${worker}`;
  return worker !== null && worker !== name ? `${name} of ${worker}` : name;
}

/** Words on its state: paused, what asks for attention, or nothing. */
export function ConsumerState({ consumer }: { consumer: ConsumerRow }) {
  const { paused, attention, kind, push, durable } = consumer;
  return (
    <span class="pills">
      {paused && (
        <Pill tone="accent">
          {paused.untilMs === null
            ? 'paused'
            : `paused until ${timeOfDay(paused.untilMs).slice(0, 5)}`}
        </Pill>
      )}
      {attention !== null && !(paused && attention === 'paused') && (
        <Pill tone="warn">{attention}</Pill>
      )}
      {kind === 'guard' && <Pill>keeps schedules</Pill>}
      {push && <Pill>push</Pill>}
      {!durable && <Pill>ephemeral</Pill>}
    </span>
  );
}

/** `explicit, 30 s each, 5 deliveries` */
export function ackWords({ ackPolicy, ackWaitMs, maxDeliver }: ConsumerRow): string {
  if (ackPolicy === 'none') return 'none: delivered counts as done';
  const wait = ackWaitMs === null ? '' : `, redelivered after ${duration(ackWaitMs)}`;
  const most = maxDeliver === null ? '' : `, ${maxDeliver} deliveries at most`;
  return `${ackPolicy}${wait}${most}`;
}

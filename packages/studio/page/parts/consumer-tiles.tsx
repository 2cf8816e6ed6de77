/** Figures that a consumer and a worker have alike. */
import type { ConsumerRow } from '../../src/wire.ts';
import { count } from '../kit/format.ts';
import { CapBar, capTone, Tile } from './figures.tsx';

/** What is being handled, or was redelivered and is not acknowledged yet. */
export function HandledTiles(
  props: Pick<ConsumerRow, 'ackPending' | 'maxAckPending' | 'redelivered'>,
) {
  const { ackPending, maxAckPending, redelivered } = props;
  return (
    <>
      <Tile
        label="Unacknowledged"
        value={count(ackPending)}
        tone={capTone(ackPending, maxAckPending)}
      >
        <CapBar used={ackPending} cap={maxAckPending} what="Unacknowledged" />
      </Tile>
      <Tile label="Redelivered" value={count(redelivered)} tone={redelivered > 0 ? 'warn' : ''}>
        again, and not acknowledged yet
      </Tile>
    </>
  );
}

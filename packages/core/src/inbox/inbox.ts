import type { Codec, EncodedMessage } from '@jetlane/contracts';
import type { BucketSettings } from '../bucket.ts';
import type { Bus } from '../bus.ts';

/** Makes the effects that a handler has in one store happen once per message. */
export interface Inbox<Tx> {
  /**
   * Runs `work` in one transaction for the `ids` not seen before, and records them there with the messages that `work`
   * returns. Resolves to the messages recorded for all `ids`, so that a redelivery publishes the same ones. Skips `work` if
   * every id was seen; may run it again in a new transaction when the first could not be committed. Whatever `work` throws
   * passes through, and nothing is recorded then.
   *
   * @param signal aborts when nobody waits for the outcome any more
   */
  once(
    ids: readonly string[],
    work: (tx: Tx, fresh: ReadonlySet<string>) => Promise<readonly EncodedMessage[]>,
    signal?: AbortSignal,
  ): Promise<readonly EncodedMessage[]>;
}

/** What an inbox that lives on the client's own bus is given when its worker starts. */
export interface InboxSurroundings {
  readonly bus: Bus;
  readonly codec: Codec;
  readonly worker: string;
  readonly stream: string;
  /** Of the worker's stream. */
  readonly replicas: number;
}

/** Opens an inbox on the bus of the client that runs its worker. */
export const bind: unique symbol = Symbol.for('jetlane.inbox.bind');

/** Names the bucket that an inbox needs. */
export const bucketOf: unique symbol = Symbol.for('jetlane.inbox.bucket');

/** An inbox that is nothing yet: it is opened by the client that starts its worker. */
export interface ClientInbox<Tx> {
  readonly name: string;
  /** How long it remembers a message; longer than any redelivery. */
  readonly keepForMs: number;
  /** The bucket that it needs; `replicas` are those of the worker's stream. */
  readonly [bucketOf]: (replicas: number) => BucketSettings;
  readonly [bind]: (around: InboxSurroundings) => Promise<Inbox<Tx>>;
}

/** The inbox that a worker uses: given as it is, or opened on the client's bus. */
export async function openInbox<Tx>(
  inbox: Inbox<Tx> | ClientInbox<Tx>,
  around: InboxSurroundings,
): Promise<Inbox<Tx>> {
  return bind in inbox ? inbox[bind](around) : inbox;
}

/** The bucket that an inbox on the client's bus needs; undefined for others. */
export function inboxBucket(
  inbox: Inbox<unknown> | ClientInbox<unknown>,
  replicas: number,
): BucketSettings | undefined {
  return bucketOf in inbox ? inbox[bucketOf](replicas) : undefined;
}

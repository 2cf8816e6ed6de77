import type { Client, Outgoing } from '@jetlane/core';
import type { Ledger } from './ledger/ledger.ts';
import type { Topic } from './topic.ts';

/** `count` messages of a topic, over `keys` keys in turn. */
export function items({ Sent }: Pick<Topic, 'Sent'>, count: number, keys = 1): Outgoing[] {
  return Array.from({ length: count }, (_, n) => Sent({ key: `k${n % keys}`, n }));
}

/** Publishes one by one, `publishers` at a time, and records what was sent and acknowledged. */
export async function send(
  client: Client,
  messages: readonly Outgoing[],
  { publishers, ledger }: { readonly publishers: number; readonly ledger: Ledger },
): Promise<void> {
  const left = messages.values();
  const publisher = async () => {
    for (const message of left) {
      ledger.sent(message.id);
      await client.publish(message);
      ledger.acked(message.id);
    }
  };
  await Promise.all(Array.from({ length: publishers }, publisher));
}

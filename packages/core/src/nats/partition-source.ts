import type { PartitionStanding } from './gathering.ts';
import type { PartitionDelivery } from './partition-delivery.ts';

/** What a partition's puller needs and whom it tells. */
export interface PartitionSource {
  readonly queue: string;
  readonly durable: string;
  readonly ackWaitMs: number;
  readonly timeoutMs: number;
  /** How many messages of this partition this process may hold now. */
  room(): number;
  /** How many bytes of them. */
  maxBytes(): number;
  deliver(delivery: PartitionDelivery): void;
  /** Asks for these back as far as no handler runs on them. */
  withdraw(deliveries: readonly PartitionDelivery[]): void;
  /** The durable as the server sees it. */
  look(): Promise<PartitionStanding>;
  /** Makes sure that the durable exists. */
  restore(): Promise<void>;
  /** The pin was got, given up or lost. */
  changed(): void;
  fail(error: Error): void;
}

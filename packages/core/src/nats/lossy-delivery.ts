import { NatsDelivery } from './nats-delivery.ts';

/** A message of a durable that waits for no ack: the server was done with it when it sent it, and is told nothing more. */
export class LossyDelivery extends NatsDelivery {
  override ack(): void {
    this.drop();
  }
  override nak(_delayMs: number): void {
    this.drop();
  }
  override working(_renewed?: () => void): void {}
  override term(_reason: string): void {
    this.drop();
  }
}

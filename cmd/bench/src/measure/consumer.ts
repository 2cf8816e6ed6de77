/** A way to consume positions. Every contestant is one of these, in a file of its own. */
import type { ServerOptions } from '../frame/surroundings.ts';
import type { PositionStreamSettings } from './position.ts';
import type { Views } from './views.ts';

/** See the head of this file. */
export interface Consumer {
  close(): Promise<void>;
}

/** What a consumer is made for. */
export interface ConsumerOptions {
  readonly servers: ServerOptions;
  readonly stream: string;
  /** As `createStream` got them. */
  readonly settings: PositionStreamSettings;
  /** Subjects are `<prefix>.<key>`. */
  readonly prefix: string;
  /** Of its own, unless several share the work. */
  readonly durable: string;
  /** From the first message of the stream, or only what comes from now on. */
  readonly from: 'first' | 'new';
  /** Messages that it may hold. */
  readonly room: number;
  /** Of `gateway`: who looks. Default: nobody. */
  readonly views?: Views;
  /** Called for each message, once all work on it is done but the ack. `sentNs` is NaN where it is not decoded. */
  readonly onPosition: (sentNs: number) => void;
}

/** Who consumes. */
export type ConsumerName = 'worker' | 'iterator' | 'callback' | 'core' | 'gateway' | 'responder';

/** Starts a consumer of this name and resolves when it consumes. */
export async function startConsumer(
  name: ConsumerName,
  options: ConsumerOptions,
): Promise<Consumer> {
  switch (name) {
    case 'worker':
      return (await import('../baselines/jetlane-worker.ts')).jetlaneWorker(options);
    case 'iterator':
      return (await import('../baselines/js-iterator.ts')).jsIterator(options);
    case 'callback':
      return (await import('../baselines/js-callback.ts')).jsCallback(options);
    case 'core':
      return (await import('../baselines/core-subscribe.ts')).coreSubscriber(options);
    case 'gateway':
      return (await import('../baselines/gateway.ts')).gatewayViewers(options);
    case 'responder':
      return (await import('../baselines/core-request.ts')).coreResponder(options);
  }
}

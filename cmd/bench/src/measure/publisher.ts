/** A way to publish positions. Every contestant is one of these, in a file of its own. */
import type { ServerOptions } from '../frame/surroundings.ts';
import type { PositionShape } from './position.ts';

/** See the head of this file. */
export interface Publisher {
  /** Publishes a position. Resolves once it is stored; undefined where nothing tells, and `flush` is awaited now and then. */
  send(n: number, sentNs: number): Promise<unknown> | undefined;
  /** Resolves when all that was sent has reached the server. Only where `send` does not tell. */
  flush?(): Promise<unknown>;
  close(): Promise<void>;
}

/** What a publisher is made for. */
export interface PublisherOptions {
  readonly servers: ServerOptions;
  readonly shape: PositionShape;
  /** Messages on their way at a time. */
  readonly window: number;
}

/** Who publishes. */
export type PublisherName = 'jetlane' | 'js-publish' | 'core' | 'ceiling' | 'request';

/** Connects a publisher of this name. */
export async function openPublisher(
  name: PublisherName,
  options: PublisherOptions,
): Promise<Publisher> {
  switch (name) {
    case 'jetlane':
      return (await import('../baselines/jetlane.ts')).jetlanePublisher(options);
    case 'js-publish':
      return (await import('../baselines/js-publish.ts')).jsPublisher(options);
    case 'core':
      return (await import('../baselines/core-publish.ts')).corePublisher(options);
    case 'ceiling':
      return (await import('../baselines/core-ceiling.ts')).ceilingPublisher(options);
    case 'request':
      return (await import('../baselines/core-request.ts')).coreRequester(options);
  }
}

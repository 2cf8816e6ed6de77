/** What the demo and its gateway, a process of its own, say to each other. */
import type { ViewersFigures } from './viewers.ts';

/** The first order: what to serve, and where. */
export interface GatewayStart {
  readonly servers: readonly string[];
  readonly seed: number;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
}

/** From the demo to the gateway. */
export type GatewayOrder =
  | { readonly order: 'start'; readonly start: GatewayStart }
  | { readonly order: 'figures'; readonly figures: object }
  | { readonly order: 'stop' };

/** What the gateway did since it started. */
export interface GatewayFigures extends ViewersFigures {
  /** Positions taken from the stream, by its only subscription. */
  readonly positions: number;
  /** Pages sent away, because they said what is no question. */
  readonly refused: number;
  /** Processor time, in microseconds. */
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
}

/** From the gateway to the demo. */
export type GatewayWord =
  | { readonly word: 'ready'; readonly url: string }
  | { readonly word: 'failed'; readonly sentence: string }
  | { readonly word: 'figures'; readonly figures: GatewayFigures };

/** What the demo and its gateway, a process of its own, say to each other. */
import type { Actions } from '@jetlane/studio';
import type { StoryAnswer, StoryFigures } from '#figures';
import type { ViewersFigures } from './viewers.ts';

/** The first order: what to serve, and where. */
export interface GatewayStart {
  readonly servers: readonly string[];
  readonly seed: number;
  readonly host: string;
  /** More names that pages may reach it by. */
  readonly names: readonly string[];
  /** 0: a free one. */
  readonly port: number;
  /** Who may break things from a page. */
  readonly actions: Actions;
}

/** From the demo to the gateway. */
export type GatewayOrder =
  | { readonly order: 'start'; readonly start: GatewayStart }
  | { readonly order: 'figures'; readonly figures: StoryFigures }
  /** To what was asked under this number. */
  | { readonly order: 'answer'; readonly number: number; readonly answer: StoryAnswer }
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
  /** A page asks for an action. */
  | { readonly word: 'ask'; readonly number: number; readonly action: unknown }
  | { readonly word: 'figures'; readonly figures: GatewayFigures };

/** What the demo and its load processes (viewers, and the floor of core NATS) say to each other. */

/** The only order to a process of viewers; any second message ends it. */
export interface ViewersOrder {
  /** Of the page. */
  readonly url: string;
  readonly viewers: number;
  readonly seed: number;
  /** Tells the processes apart, so that they look at different places. */
  readonly label: number;
}

/** Counts of one process of viewers since its start. */
export interface ViewersCounts {
  readonly open: number;
  /** Closed by the gateway. */
  readonly closed: number;
  readonly frames: number;
  /** Positions read. */
  readonly rows: number;
  readonly cpuUs: number;
}

/** From a process of viewers. `latencies`: new ones, as flat pairs of bucket and count. */
export type ViewersWord =
  | { readonly word: 'ready' }
  | { readonly word: 'failed'; readonly sentence: string }
  | (ViewersCounts & { readonly word: 'figures'; readonly latencies: readonly number[] });

/** To a process that measures the floor: publish or listen, without JetStream. */
export interface FloorOrder {
  readonly role: 'listen' | 'send';
  readonly servers: readonly string[];
  readonly subject: string;
  readonly perS: number;
  readonly forMs: number;
}

/** To the process that measures the floor all the time; any second message ends it. */
export type LiveFloorOrder = Pick<FloorOrder, 'servers' | 'subject'>;

/** From it. `latencies`: new ones, as flat pairs of bucket and count. */
export type LiveFloorWord =
  | { readonly word: 'ready' }
  | { readonly word: 'failed'; readonly sentence: string }
  | { readonly word: 'figures'; readonly latencies: readonly number[] };

/** From a process that measures the floor. */
export type FloorWord =
  | { readonly word: 'ready' }
  | { readonly word: 'failed'; readonly sentence: string }
  | { readonly word: 'done'; readonly messages: number; readonly latencies: readonly number[] };

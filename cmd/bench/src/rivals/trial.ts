/** What one rival did in one round. */
export interface Trial {
  readonly rival: string;
  readonly round: number;
  readonly publish: Throughput | null;
  readonly work: Throughput | null;
  readonly latency: readonly Latency[];
  /** Why some of it is missing. */
  readonly failure: string | null;
}

/** How many, at what cost. */
export interface Throughput {
  readonly perSecond: number;
  /** Of the client's process, a message. Null where it cannot be known. */
  readonly cpuUs: number | null;
  /** Of the server, a message. Null for servers of others. */
  readonly serverCpuUs: number | null;
}

/** From when a message was due to when the handler of another process had it. */
export interface Latency {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Of the messages that were due, how many arrived in time: 1 is all. */
  readonly arrived: number;
}

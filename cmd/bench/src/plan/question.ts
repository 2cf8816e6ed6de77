/** What a plan is asked for: the load, the promise, the machines. Everything has a default that is shown. */

/** See the head of this file. All numbers are positive and finite unless said otherwise. */
export interface Question {
  /** What sends: `drivers` report through gateways of yours, `devices` are connected themselves. */
  readonly kind: 'drivers' | 'devices';
  readonly senders: number;
  /** Between two messages of one of them. */
  readonly intervalMs: number;
  /** Of the payload. */
  readonly sizeBytes: number;
  /** Durable consumers that each get every message. May be 0. */
  readonly services: number;
  readonly filters: number;
  /** 1 or 3. */
  readonly replicas: 1 | 3;
  /** Messages that arrive together on one connection. */
  readonly burst: number;
  readonly subjects: number;
  readonly dedupeWindowMs: number;
  readonly retentionMs: number;
  /** Open connections of senders; those of publishing and working processes are added. */
  readonly connections: number;
  /** CPU of your own code for each message, in microseconds, beside what Jetlane needs. May be 0. */
  readonly senderCpuUs: number;
  readonly handlerCpuUs: number;
  readonly coresPerServer: number;
  readonly memoryPerServerBytes: number;
  /** In each direction. */
  readonly networkPerServerBits: number;
  /** Written, for ever. */
  readonly diskPerServerBytes: number;
  /** Share of what a core, a network and a disk can carry: above 0, at most 1. */
  readonly utilization: number;
  /** CPU time that a message takes on your machine, as a share of what it took where it was measured. */
  readonly cpuFactor: number;
  /** Messages a second for one stream; undefined: from its leader's CPU. */
  readonly streamPerSecond: number | undefined;
}

/** What differs between the two kinds of senders. */
export const KIND_DEFAULTS = {
  drivers: { intervalMs: 4_000, sizeBytes: 120, services: 4, burst: 8 },
  devices: { intervalMs: 10_000, sizeBytes: 200, services: 2, burst: 1 },
} as const satisfies Record<Question['kind'], Partial<Question>>;

/** Everything else. */
export const DEFAULTS = {
  filters: 1,
  replicas: 3,
  dedupeWindowMs: 120_000,
  retentionMs: 3_600_000,
  senderCpuUs: 0,
  handlerCpuUs: 0,
  coresPerServer: 8,
  memoryPerServerBytes: 32 * 1024 ** 3,
  networkPerServerBits: 10e9,
  diskPerServerBytes: 500 * 1024 ** 2,
  utilization: 0.5,
  cpuFactor: 1,
  streamPerSecond: undefined,
} as const satisfies Partial<Question>;

/** A question with defaults for all that is not given. */
export function toQuestion(
  given: Pick<Question, 'kind' | 'senders'> & Partial<Question>,
): Question {
  const { kind, senders } = given;
  const known = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as typeof given;
  return {
    ...KIND_DEFAULTS[kind],
    ...DEFAULTS,
    subjects: senders,
    connections: kind === 'devices' ? senders : 0,
    ...known,
  };
}

/** The variables of the laws, made alike for fitting and for predicting. */

/** By name. */
export type Variables = Readonly<Record<string, number>>;

/**
 * A message of so many payload bytes, of which so many arrive together. `paced`: all processes slept before these arrived, as with senders
 * that have a rate; otherwise they were kept busy.
 */
export function flowVariables(
  sizeBytes: number,
  burst: number,
  { paced }: { readonly paced: boolean },
): FlowVariables {
  return { message: 1, burst: 1 / burst, paced: paced ? 1 / burst : 0, kib: sizeBytes / 1024 };
}

/** See `flowVariables`. */
export interface FlowVariables extends Variables {
  readonly message: number;
  readonly burst: number;
  readonly paced: number;
  readonly kib: number;
}

/** What a server does with such a message: stores it, and delivers it to so many services. */
export function serverVariables(flow: FlowVariables, services: number): Variables {
  const { message, burst, paced, kib } = flow;
  return {
    publishMessage: message,
    publishBurst: burst,
    publishPaced: paced,
    publishKib: kib,
    deliverMessage: message * services,
    deliverBurst: burst * services,
    deliverPaced: paced * services,
    deliverKib: kib * services,
  };
}

/**
 * A message with three copies: what publishing it, and delivering it to all services, would cost with one copy (each delivery is
 * acknowledged, and acks are replicated too), and how often it crosses between servers because a client is connected to another one than leads.
 */
export function replicationVariables(of: {
  readonly publishUs: number;
  readonly deliverUs: number;
  readonly services: number;
  /** Share of crossings that happen, from 0 to 1. */
  readonly hop: number;
}): Variables {
  return { publish: of.publishUs, deliver: of.deliverUs, crossing: of.hop * (1 + of.services) };
}

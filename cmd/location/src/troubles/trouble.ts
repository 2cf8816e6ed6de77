/** How one can try to break the demo: the whole list, and what each of them does and when it ends. */
import type { TroubleKind, TroubleOffer } from '#figures';
import { SERVICES, type ServiceName } from '../services/service-name.ts';

/** What there is to know of one kind. */
export interface TroubleRule {
  /** The services that it can hit, each by itself; empty: it concerns all of them. */
  readonly services: readonly ServiceName[];
  /** How long it lasts unless told otherwise. Null: it is over at once (`kill`), or stays until it is mended (`add`). */
  readonly forMs: number | null;
  /** The longest that may be asked for. */
  readonly forMaxMs: number;
}

/** A trouble to be made. */
export interface TroubleOrder {
  readonly kind: TroubleKind;
  /** Null: it concerns all. */
  readonly service: ServiceName | null;
  readonly forMs: number | null;
}

/** Every kind, in the order in which they are shown. */
export const TROUBLES: Readonly<Record<TroubleKind, TroubleRule>> = {
  /** `kill -9` of a process of the service. */
  kill: { services: SERVICES, forMs: null, forMaxMs: 0 },
  /** Every report takes {@link SLOW_MS} longer to handle. */
  slow: { services: SERVICES, forMs: 15_000, forMaxMs: 120_000 },
  /** A process stands still: longer than its ack wait, so that the server takes back what it held. */
  block: { services: SERVICES, forMs: 12_000, forMaxMs: 30_000 },
  /** The service fails on one report in {@link POISON_ONE_IN}, whenever it comes. */
  poison: { services: SERVICES, forMs: 20_000, forMaxMs: 600_000 },
  /** Every report is sent twice, under the same id. */
  twice: { services: [], forMs: 20_000, forMaxMs: 600_000 },
  /** `kill -9` of nats-server, which stays away for so long and then starts on the same store. */
  restart: { services: [], forMs: 2000, forMaxMs: 20_000 },
  /** A second process, until it is taken away again. */
  add: { services: ['matching', 'fraud'], forMs: null, forMaxMs: 600_000 },
};

/** The kinds, in the order of {@link TROUBLES}. */
export const TROUBLE_KINDS = Object.keys(TROUBLES) as readonly TroubleKind[];
export const SLOW_MS = 3000;
export const POISON_ONE_IN = 100;

/** A trouble that cannot be made, or not now: says why, in a sentence for whoever asked. */
export class TroubleRefused extends Error {
  override readonly name = 'TroubleRefused';
}

/** What one asks for, before it is checked. */
export interface TroubleWish {
  readonly kind: unknown;
  readonly service?: unknown;
  readonly forMs?: number | undefined;
}

/**
 * A wish as an order, with what it leaves out filled in.
 *
 * @throws TroubleRefused when there is no such trouble, or not for this service, or not for so long
 */
export function toOrder({ kind, service, forMs }: TroubleWish): TroubleOrder {
  if (!isKind(kind))
    throw new TroubleRefused(
      `no trouble "${printed(kind)}": there are ${TROUBLE_KINDS.join(', ')}`,
    );
  const rule = TROUBLES[kind];
  const hit = rule.services.find((name) => name === service);
  if (rule.services.length === 0 && service !== undefined)
    throw new TroubleRefused(`"${kind}" concerns all services: leave "${printed(service)}" out`);
  if (rule.services.length > 0 && hit === undefined)
    throw new TroubleRefused(
      `"${kind}" is for one of ${rule.services.join(', ')}, not for "${printed(service)}"`,
    );
  if (forMs !== undefined && !(forMs > 0 && forMs <= rule.forMaxMs))
    throw new TroubleRefused(
      rule.forMaxMs === 0
        ? `"${kind}" is over at once: it has no length`
        : `"${kind}" lasts ${rule.forMaxMs / 1000} s at most`,
    );
  return { kind, service: hit ?? null, forMs: forMs ?? rule.forMs };
}

/** What is offered to pages. `whyNot` says why one kind cannot be had here. */
export function toOffers(
  whyNot: Readonly<Partial<Record<TroubleKind, string>>>,
): readonly TroubleOffer[] {
  return TROUBLE_KINDS.map((kind) => {
    const { services, forMs } = TROUBLES[kind];
    return { kind, services, forMs, whyNot: whyNot[kind] ?? null };
  });
}

function isKind(kind: unknown): kind is TroubleKind {
  return TROUBLE_KINDS.some((one) => one === kind);
}

/** What a stranger sent, short and on one line. */
function printed(given: unknown): string {
  return String(typeof given === 'string' ? given : JSON.stringify(given))
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 40);
}

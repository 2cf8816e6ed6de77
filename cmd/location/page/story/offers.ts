/** The words around each way to break it. */
import type { TroubleKind, TroubleShown } from '../figures.ts';

/** What stands on a button and below it. */
export interface OfferWords {
  /** Of a service, or of all: then the name is left out. */
  readonly button: (service: string) => string;
  /** What it does, and what to watch. */
  readonly promise: string;
}

/** By kind. */
export const OFFERS: Readonly<Record<TroubleKind, OfferWords>> = {
  kill: {
    button: (service) => `Kill ${service}`,
    promise: 'kill -9 of its process. Another starts; what the dead one held comes again.',
  },
  slow: {
    button: (service) => `Slow ${service} down`,
    promise: 'Each report takes 3 s longer. It pulls no more than it has room for.',
  },
  block: {
    button: (service) => `Block ${service}`,
    promise: 'Its event loop stands still for longer than its ack wait of 10 s.',
  },
  poison: {
    button: (service) => `Poison ${service}`,
    promise: 'It fails on one report in a hundred. Those become dead letters; the rest goes on.',
  },
  add: {
    button: (service) => `Add a process to ${service}`,
    promise: 'The two share the work. Order by driver moves with the partitions.',
  },
  twice: {
    button: () => 'Send every report twice',
    promise: 'Under the same Nats-Msg-Id: the stream keeps one of them.',
  },
  restart: {
    button: () => 'Restart nats-server',
    promise: 'kill -9, two seconds of nothing, then the same store. Publishers wait and resend.',
  },
};

/** A heading for what was done. */
export function titleOf({ kind, service }: Pick<TroubleShown, 'kind' | 'service'>): string {
  const name = service ?? '';
  switch (kind) {
    case 'kill':
      return `${name} killed`;
    case 'slow':
      return `${name} slowed down`;
    case 'block':
      return `${name} blocked`;
    case 'poison':
      return `${name} poisoned`;
    case 'add':
      return `second process of ${name}`;
    case 'twice':
      return 'everything sent twice';
    case 'restart':
      return 'nats-server restarted';
  }
}

/** What ends it. */
export function mendWords({ kind }: Pick<TroubleShown, 'kind'>): string {
  return kind === 'add' ? 'Remove it' : 'Mend';
}

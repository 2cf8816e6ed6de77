/**
 * The troubles of a run: makes them, ends them, and keeps an account of each. A bounded number at once, and each has an end of its
 * own or lasts until it is mended. A trouble is over when the ledger says that everything published until its end was handled.
 */
import type { TroubleKind, TroubleOffer, TroubleShown } from '#figures';
import type { Figures, Fresh } from '../run/figures.ts';
import { byService, SERVICES, type ServiceName } from '../services/service-name.ts';
import { Account } from './account.ts';
import { type Affliction, WELL } from './affliction.ts';
import { SLOW_MS, type TroubleOrder, TroubleRefused, toOffers } from './trouble.ts';
import { toWords } from './words.ts';

/** What troubles are made with. */
export interface TroubleTargets {
  /** Kills a process of a service; resolves when it pulls again, undefined when none runs. */
  kill(name: ServiceName): Promise<void> | undefined;
  scale(name: ServiceName, processes: number): Promise<void>;
  afflict(name: ServiceName, affliction: Affliction): void;
  /** Lets a process of a service stand still; false when none runs. */
  block(name: ServiceName, forMs: number): boolean;
  /** Sends every report twice, or not any more. */
  sendTwice(twice: boolean): void;
  /** Kills the server and brings it back after so long. */
  outage(awayMs: number): Promise<void>;
  /** Sends the dead letters of a service back to it; resolves with how many. */
  replay(name: ServiceName): Promise<number>;
  /** The last position that the stream confirmed. */
  lastSeq(): number;
  /** Confirmed positions up to this one that the service did not settle. */
  missing(name: ServiceName, upToSeq: number): number;
  /** Processes of each service before any was added. */
  readonly processes: number;
  /** Kinds that cannot be had in this run, with the reason in words. */
  readonly whyNot: Readonly<Partial<Record<TroubleKind, string>>>;
  /** Told, in one sentence, what went wrong. */
  warn(line: string): void;
}

/** Troubles that are remembered, those that act included. */
const KEPT_MAX = 12;

interface Entry {
  readonly id: number;
  readonly order: TroubleOrder;
  readonly account: Account;
  readonly disturbed: Set<ServiceName>;
  readonly startedMs: number;
  readonly undo: (() => Promise<void> | void) | undefined;
  timer: NodeJS.Timeout | undefined;
  /** From when its end began. */
  ending: Promise<void> | undefined;
  endedMs: number | null;
  endedSeq: number;
  overMs: number | null;
  replayed: number;
}

/** See the head of this file. */
export class Troubles {
  /** What can be had here. */
  readonly offers: readonly TroubleOffer[];
  readonly #targets: TroubleTargets;
  readonly #now: () => number;
  #entries: Entry[] = [];
  #figures: Figures | undefined;
  #count = 0;
  #ended = false;
  readonly #afflictions: Record<ServiceName, Affliction> = byService(() => WELL);
  readonly #replaying = new Set<ServiceName>();

  /** @param now a clock in milliseconds that only grows */
  constructor(targets: TroubleTargets, now: () => number = () => performance.now()) {
    this.#targets = targets;
    this.#now = now;
    this.offers = toOffers(targets.whyNot);
  }

  /**
   * Makes a trouble. What happens next is told by {@link shown}.
   *
   * @throws TroubleRefused when it cannot be had here, or not now
   */
  start(order: TroubleOrder): void {
    const { kind, service } = order;
    const whyNot = this.#targets.whyNot[kind];
    if (whyNot !== undefined) throw new TroubleRefused(whyNot);
    if (this.#ended) throw new TroubleRefused('the run is ending: no more troubles');
    if (!this.#figures)
      throw new TroubleRefused('the run is only beginning: try again in a second');
    const same = this.#acting.find(
      (one) => one.order.kind === kind && one.order.service === service,
    );
    if (same) throw new TroubleRefused(`${title(order)} already`);
    if (this.#acting.length >= KEPT_MAX)
      throw new TroubleRefused(`${KEPT_MAX} troubles act already: mend some first`);
    const { begun, until, undo } = this.#make(order);
    const entry: Entry = {
      id: ++this.#count,
      order,
      account: new Account(this.#figures),
      disturbed: new Set(),
      startedMs: this.#now(),
      undo,
      timer: undefined,
      ending: undefined,
      endedMs: null,
      endedSeq: 0,
      overMs: null,
      replayed: 0,
    };
    this.#remember(entry);
    const finish = () => void this.#finish(entry);
    const { forMs } = order;
    const wait = () => {
      if (forMs !== null && !entry.ending) entry.timer = setTimeout(finish, forMs);
    };
    if (until) until.then(finish, finish);
    else if (begun) begun.then(wait, wait);
    else wait();
  }

  /** Ends one trouble, or all that act and can be ended. Resolves, when they have ended, with how many. */
  async mend(id?: number): Promise<number> {
    const meant = this.#acting.filter(
      (one) => isMendable(one) && (id === undefined || one.id === id),
    );
    await Promise.all(meant.map((one) => this.#finish(one)));
    return meant.length;
  }

  /**
   * Sends the dead letters of a service back to it; resolves with how many.
   *
   * @throws TroubleRefused while that is being done already
   */
  async replay(service: ServiceName): Promise<number> {
    if (this.#replaying.has(service))
      throw new TroubleRefused(`the dead letters of ${service} are being replayed already`);
    this.#replaying.add(service);
    try {
      const replayed = await this.#targets.replay(service);
      const last = this.#entries.find((one) => hits(one.order, 'poison', service));
      if (last) last.replayed += replayed;
      return replayed;
    } finally {
      this.#replaying.delete(service);
    }
  }

  /** Takes the figures of another second into every account that is open. */
  observe(figures: Figures, fresh: Fresh): void {
    this.#figures = figures;
    const open = this.#entries.filter(({ overMs }) => overMs === null);
    const hit = open.flatMap(({ order: { service } }) => (service === null ? SERVICES : [service]));
    for (const entry of open) {
      for (const name of hit) entry.disturbed.add(name);
      entry.account.add(figures, fresh);
      if (entry.endedMs !== null && this.#isHandled(entry)) entry.overMs = this.#now();
    }
  }

  /** Every trouble that is remembered, the newest first. */
  shown(): TroubleShown[] {
    const nowMs = this.#now();
    return this.#entries.map((entry) => {
      const { id, order, startedMs, endedMs } = entry;
      const endsMs = order.forMs === null ? null : startedMs + order.forMs;
      return {
        id,
        kind: order.kind,
        service: order.service,
        phase: phaseOf(entry),
        sinceMs: nowMs - startedMs,
        leftMs: endedMs === null && endsMs !== null ? Math.max(0, endsMs - nowMs) : null,
        mendable: endedMs === null && isMendable(entry),
        words: this.#words(entry, nowMs),
      };
    });
  }

  /** Makes no more, ends all that act, and waits for those that end by themselves, for so long at most. */
  async end(withinMs: number): Promise<void> {
    this.#ended = true;
    await this.mend();
    const untilMs = this.#now() + withinMs;
    while (this.#acting.length > 0 && this.#now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    for (const { timer } of this.#entries) clearTimeout(timer);
  }

  get #acting(): Entry[] {
    return this.#entries.filter(({ endedMs }) => endedMs === null);
  }

  /**
   * Begins it. `until`: it ends when that does; otherwise when its time is over, which counts from `begun`, or when it is
   * mended.
   */
  #make({ kind, service, forMs }: TroubleOrder): {
    readonly begun?: Promise<void> | undefined;
    readonly until?: Promise<void> | undefined;
    readonly undo?: (() => Promise<void> | void) | undefined;
  } {
    const targets = this.#targets;
    if (service === null) {
      if (kind === 'restart') return { until: this.#warned(targets.outage(forMs ?? 0)) };
      targets.sendTwice(true);
      return { undo: () => targets.sendTwice(false) };
    }
    switch (kind) {
      case 'slow':
        return this.#afflict(service, { slowMs: SLOW_MS }, { slowMs: 0 });
      case 'poison':
        return this.#afflict(service, { poisoned: true }, { poisoned: false });
      case 'block':
        if (!targets.block(service, forMs ?? 0)) throw noProcess(service);
        return {};
      case 'add': {
        const more = this.#warned(targets.scale(service, targets.processes + 1));
        return {
          begun: more,
          undo: () => more.then(() => this.#warned(targets.scale(service, targets.processes))),
        };
      }
      default: {
        const until = targets.kill(service);
        if (!until) throw noProcess(service);
        return { until };
      }
    }
  }

  #afflict(name: ServiceName, ill: Partial<Affliction>, well: Partial<Affliction>) {
    const set = (change: Partial<Affliction>) => {
      this.#afflictions[name] = { ...this.#afflictions[name], ...change };
      this.#targets.afflict(name, this.#afflictions[name]);
    };
    set(ill);
    return { undo: () => set(well) };
  }

  async #warned(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#targets.warn((error as Error).message);
    }
  }

  #finish(entry: Entry): Promise<void> {
    entry.ending ??= (async () => {
      clearTimeout(entry.timer);
      await entry.undo?.();
      entry.endedMs = this.#now();
      entry.endedSeq = this.#targets.lastSeq();
    })();
    return entry.ending;
  }

  #isHandled({ order, endedSeq }: Entry): boolean {
    const names = order.service === null ? SERVICES : [order.service];
    return names.every((name) => this.#targets.missing(name, endedSeq) === 0);
  }

  /** Those that are over are forgotten first. */
  #remember(entry: Entry): void {
    this.#entries.unshift(entry);
    const old = this.#entries.findLastIndex(({ endedMs }) => endedMs !== null);
    if (this.#entries.length > KEPT_MAX && old >= 0) this.#entries.splice(old, 1);
  }

  #words(entry: Entry, nowMs: number): string {
    const { order, account, disturbed, startedMs, endedMs, overMs, replayed } = entry;
    const figures = this.#figures ?? account.now;
    return toWords({
      order,
      account,
      disturbed,
      phase: phaseOf(entry),
      sinceMs: nowMs - startedMs,
      lastedMs: endedMs === null ? null : endedMs - startedMs,
      recoveredMs: overMs === null || endedMs === null ? null : overMs - endedMs,
      deadLetters: order.service === null ? 0 : figures.services[order.service].deadLetters,
      replayed,
    });
  }
}

const LOOK_EVERY_MS = 50;

/** What ends by itself and in no other way: a kill, a block, an outage. */
const UNSTOPPABLE: ReadonlySet<TroubleKind> = new Set(['kill', 'block', 'restart']);
const isMendable = ({ order }: Entry) => !UNSTOPPABLE.has(order.kind);

function phaseOf({ endedMs, overMs }: Entry): TroubleShown['phase'] {
  if (endedMs === null) return 'on';
  return overMs === null ? 'recovering' : 'over';
}

function noProcess(service: ServiceName): TroubleRefused {
  return new TroubleRefused(`no process of ${service} runs just now: it starts again`);
}

function hits(order: TroubleOrder, kind: TroubleKind, service: ServiceName): boolean {
  return order.kind === kind && order.service === service;
}

function title({ kind, service }: TroubleOrder): string {
  switch (kind) {
    case 'kill':
      return `${service} was killed, and starts again`;
    case 'slow':
      return `${service} is slow`;
    case 'block':
      return `the event loop of ${service} stands still`;
    case 'poison':
      return `reports for ${service} are poisoned`;
    case 'twice':
      return 'every report is sent twice';
    case 'restart':
      return 'nats-server is away';
    case 'add':
      return `${service} has a second process`;
  }
}

/**
 * Which processes of a worker are there. Each says so every second on a subject that is not stored, at once when it joins or
 * hears of a new one, and when it leaves. Who is silent for three seconds is gone. The list only decides who asks for which
 * partition; who gets it is for the server's pin to say.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../clock.ts';

/** What a member says of a partition that it has. */
export interface Holding {
  readonly partition: number;
  /** Its pin; empty while it has none. */
  readonly pin: string;
}

/** What a member says. */
export interface Announcement {
  /** Unique, also among the clients of one process. */
  readonly id: string;
  /** For people: host and process. */
  readonly name: string;
  readonly holds: readonly Holding[];
  /** It has just joined: whoever hears it says that they are there. */
  readonly joins?: boolean;
  /** It is on its way out. */
  readonly leaves?: boolean;
}

/** What carries announcements to all members, the sender included or not. */
export interface Announcer {
  send(announcement: Announcement): void;
  /** False while nobody can be heard: nobody is taken for gone then. */
  readonly connected: boolean;
}

/** What a membership asks and tells. */
export interface MembershipOptions {
  /** Unique: see {@link newMemberId}. */
  readonly id: string;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly announcer: Announcer;
  /** What this member has now. */
  holds(): readonly Holding[];
  /** Called with the ids of all members, this one included unless it leaves, whenever they change. */
  changed(members: readonly string[]): void;
}

const BEAT_MS = 1_000;
/** Silence after which a member is taken for gone. */
const SILENCE_MS = 3_000;
/** How long a new member listens before it takes anything, so that it does not take what others have. */
const LISTEN_MS = 200;

/** One member of the processes of a worker. */
export class Membership {
  readonly id: string;
  readonly name = memberName();
  readonly #options: MembershipOptions;
  /** When each other member was heard last. */
  readonly #heardMs = new Map<string, number>();
  #cancel: () => void;
  #beatenMs: number;
  #known = '';
  #listening = true;
  #left = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.id = options.id;
    this.#beatenMs = options.clock.monotonic();
    this.#announce({ joins: true });
    this.#cancel = options.clock.after(LISTEN_MS, () => this.#begin());
  }

  /** Takes what somebody announced. */
  hear({ id, joins, leaves }: Announcement): void {
    if (id === this.id || this.#left) return;
    const isNew = !this.#heardMs.has(id);
    if (leaves === true) this.#heardMs.delete(id);
    else this.#heardMs.set(id, this.#options.clock.monotonic());
    if (joins === true) this.#announce({});
    if (isNew || leaves === true) this.#tell();
  }

  /** Says what this member has now. */
  announce(): void {
    if (!this.#left) this.#announce({});
  }

  /** The connection came back: others are given time to be heard again. */
  rejoin(): void {
    if (this.#left) return;
    this.#forgive();
    this.#announce({ joins: true });
  }

  /** Says that this member is on its way out; others take over what it has as it lets go of it. */
  leave(): void {
    if (this.#left) return;
    this.#cancel();
    this.#announce({ leaves: true });
    this.#left = true;
  }

  #begin(): void {
    this.#listening = false;
    this.#beatenMs = this.#options.clock.monotonic();
    this.#cancel = this.#options.clock.after(BEAT_MS, () => this.#beat());
    this.#tell();
  }

  #beat(): void {
    const nowMs = this.#options.clock.monotonic();
    // This process was blocked or away: what others said meanwhile was not read yet.
    const late = nowMs - this.#beatenMs > 2 * BEAT_MS;
    this.#beatenMs = nowMs;
    if (late || !this.#options.announcer.connected) this.#forgive();
    for (const [id, heardMs] of this.#heardMs)
      if (nowMs - heardMs > SILENCE_MS) this.#heardMs.delete(id);
    this.#announce({});
    this.#tell();
    this.#cancel = this.#options.clock.after(BEAT_MS, () => this.#beat());
  }

  #forgive(): void {
    const nowMs = this.#options.clock.monotonic();
    for (const id of this.#heardMs.keys()) this.#heardMs.set(id, nowMs);
  }

  #tell(): void {
    if (this.#listening || this.#left) return;
    const members = [this.id, ...this.#heardMs.keys()].sort();
    const known = members.join(' ');
    if (known === this.#known) return;
    this.#known = known;
    this.#options.changed(members);
  }

  #announce(what: Pick<Announcement, 'joins' | 'leaves'>): void {
    if (!this.#options.announcer.connected) return;
    const { id, name } = this;
    this.#options.announcer.send({ id, name, holds: this.#options.holds(), ...what });
  }
}

/** An id that nobody else has. */
export function newMemberId(): string {
  return `${memberName()}/${randomBytes(4).toString('hex')}`;
}

/** Reads an announcement; undefined for anything else. */
export function toAnnouncement(bytes: Uint8Array): Announcement | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Announcement> | null;
    if (typeof value?.id !== 'string' || typeof value.name !== 'string') return undefined;
    const holds = Array.isArray(value.holds) ? value.holds.filter(isHolding) : [];
    const { id, name, joins, leaves } = value;
    return { id, name, holds, joins: joins === true, leaves: leaves === true };
  } catch {
    return undefined;
  }
}

function memberName(): string {
  return `${hostname()}/${process.pid}`;
}

function isHolding(value: unknown): value is Holding {
  const { partition, pin } = (value ?? {}) as Partial<Holding>;
  return Number.isInteger(partition) && typeof pin === 'string';
}

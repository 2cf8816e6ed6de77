import { DueHeap } from './due-heap.ts';

/** What waits in a stream for its time: one message a subject. */
export class Schedules {
  readonly #bySubject = new Map<string, Waiting>();
  readonly #due = new DueHeap<Waiting>();

  /** When the next is due; `Infinity` when none waits. May be that of one that does not wait any more. */
  get nextMs(): number {
    return this.#bySubject.size === 0 ? Number.POSITIVE_INFINITY : this.#due.nextMs;
  }

  /** Lets the message at `seq` wait on its subject, in place of what waits there. */
  add(subject: string, seq: number, dueMs: number): void {
    const waiting: Waiting = { subject, seq };
    this.#bySubject.set(subject, waiting);
    this.#due.push(dueMs, waiting);
    if (this.#due.size > GONE_MIN && this.#due.size > this.#bySubject.size * 2)
      this.#due.retain((one) => this.#bySubject.get(one.subject) === one);
  }

  /** The message that waits on a subject. */
  find(subject: string): number | undefined {
    return this.#bySubject.get(subject)?.seq;
  }

  /** Lets the message at `seq` wait no longer. */
  remove(subject: string, seq: number): void {
    if (this.#bySubject.get(subject)?.seq === seq) this.#bySubject.delete(subject);
  }

  /** The next message that is due, which waits no longer then. */
  popDue(nowMs: number): number | undefined {
    for (let one = this.#due.popDue(nowMs); one !== undefined; one = this.#due.popDue(nowMs)) {
      if (this.#bySubject.get(one.subject) !== one) continue;
      this.#bySubject.delete(one.subject);
      return one.seq;
    }
    return undefined;
  }

  /** Whether a retry of this durable waits. */
  awaitsRetry(stream: string, durable: string): boolean {
    const prefix = `_jl.${stream}.sched.${durable}.`;
    for (const subject of this.#bySubject.keys()) if (subject.startsWith(prefix)) return true;
    return false;
  }
}

interface Waiting {
  readonly subject: string;
  readonly seq: number;
}

/** Removed ones below this many are never swept out. */
const GONE_MIN = 1_000;

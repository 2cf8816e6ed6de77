/** Says what must hold in a simulated run, and notes the first time that it does not. */
import type { FakeServer } from './fake-server.ts';
import type { PlannedMessage, SimulationPlan } from './plan.ts';

/** A process, as far as the referee looks. */
export interface Player {
  readonly name: string;
  readonly dead: boolean;
  /** Whether it was frozen or cut off at any time since: then it could not know that what it ran became another's. */
  troubledSince(sinceMs: number): boolean;
}

/** A handler at work on one message. */
export interface Call {
  readonly player: Player;
  readonly message: PlannedMessage;
  readonly attempt: number;
  readonly beganMs: number;
}

/** What a run came to. */
export interface Tally {
  readonly handled: number;
  readonly buried: number;
  readonly calls: number;
  readonly redelivered: number;
  readonly orderChecks: number;
}

/** See the head of this file. */
export class Referee {
  readonly #plan: SimulationPlan;
  readonly #server: FakeServer;
  readonly #running = new Set<Call>();
  readonly #calls = new Map<string, number>();
  readonly #trials = new Map<string, number>();
  /** Who succeeded with what. */
  readonly #succeeded = new Map<string, Set<Player>>();
  /** Ended without a record, where there are no dead letters. */
  readonly #ended = new Set<string>();
  #drains = 0;
  #orderChecks = 0;
  #violation: string | undefined;

  constructor(plan: SimulationPlan, server: FakeServer) {
    this.#plan = plan;
    this.#server = server;
  }

  /** The first thing that did not hold, in words. */
  get violation(): string | undefined {
    return this.#violation;
  }

  get tally(): Tally {
    let calls = 0;
    for (const count of this.#calls.values()) calls += count;
    return {
      handled: this.#succeeded.size,
      buried: this.#server.letters.messages.length + this.#ended.size,
      calls,
      redelivered: this.#server.redelivered,
      orderChecks: this.#orderChecks,
    };
  }

  /** Notes something that must not be. */
  object(words: string): void {
    this.#violation ??= words;
  }

  /** How often a message was handed to a handler before. */
  callsOf({ id }: PlannedMessage): number {
    return this.#calls.get(id) ?? 0;
  }

  drains(): void {
    this.#drains++;
  }

  begins(call: Call): void {
    const { player, message, attempt } = call;
    const { id, key } = message;
    const { attempts, ordered } = this.#plan;
    const calls = this.callsOf(message) + 1;
    this.#calls.set(id, calls);
    const others = [...this.#running].filter((each) => each.player === player);
    if (ordered && others.some((each) => each.message.key === key))
      this.object(`${player.name} has two messages of ${key} at a handler, ${id} is the second`);
    this.#checkHands(call);
    if (attempt > attempts) this.#lastTrial(call, others.length);
    if (others.some((each) => each.attempt > attempts))
      this.object(`${id} runs beside a last trial in ${player.name}`);
    const inPlace = ordered && this.#plan.onFailure === 'hold' && attempts > 1;
    const deliveries = this.#server.deliveriesOf(message.n + 1);
    const bound = deliveries * (inPlace ? attempts : this.#plan.batch > 0 ? 2 : 1);
    if (calls > bound)
      this.object(`${id} is handled for the ${calls}th time after ${deliveries} deliveries`);
    this.#running.add(call);
  }

  ends(call: Call): void {
    this.#running.delete(call);
  }

  /** A handler is done with a message, and it was not stopped before. */
  succeeds(call: Call): void {
    this.ends(call);
    const { player, message } = call;
    const { id } = message;
    const by = this.#succeeded.get(id) ?? new Set();
    if (by.size === 0) this.#checkOrder(message);
    this.#succeeded.set(id, by.add(player));
  }

  /** A process died: what it ran ends nowhere. */
  dies(player: Player): void {
    for (const call of this.#running) if (call.player === player) this.#running.delete(call);
  }

  /** A process acknowledges or gives up on the message at this position. */
  settles(player: Player, seq: number, verb: string): void {
    const message = this.#plan.messages[seq - 1] as PlannedMessage;
    const { id, results } = message;
    if (verb === '+ACK') {
      if (!this.#succeeded.get(id)?.has(player))
        this.object(`${player.name} acknowledges ${id}, which it did not finish`);
      for (let index = 0; index < results; index++)
        if (!this.#server.results.has(resultId(message, index)))
          this.object(`${player.name} acknowledges ${id} before its result ${index} is stored`);
    } else if (verb.startsWith('+TERM')) {
      if (!this.#plan.deadLetters) this.#ended.add(id);
      else if (!this.isBuried(message))
        this.object(`${player.name} gives up on ${id} before its dead letter is stored`);
    }
  }

  /** The run is over: nothing is missing, nothing is there twice. */
  concludes(): void {
    const letters = new Map<string, number>();
    for (const { headers } of this.#server.letters.messages)
      letters.set(headers['jl-seq'] ?? '', (letters.get(headers['jl-seq'] ?? '') ?? 0) + 1);
    for (const message of this.#plan.messages) {
      const count = letters.get(String(message.n + 1)) ?? 0;
      if (count > 1) this.object(`${message.id} is buried ${count} times`);
      if (!this.#isResolved(message)) this.object(`${message.id} is lost`);
    }
  }

  isBuried({ n }: PlannedMessage): boolean {
    const seq = String(n + 1);
    return this.#server.letters.messages.some(({ headers }) => headers['jl-seq'] === seq);
  }

  #isResolved(message: PlannedMessage): boolean {
    const { id } = message;
    return this.#succeeded.has(id) || this.#ended.has(id) || this.isBuried(message);
  }

  /** With partitions nobody begins with a key that another process has in hand. */
  #checkHands({ player, message }: Call): void {
    if (this.#plan.partitions === 0) return;
    for (const other of this.#running) {
      if (other.player === player || other.message.key !== message.key) continue;
      if (other.player.troubledSince(other.beganMs)) continue;
      const { name } = other.player;
      this.object(
        `${player.name} begins ${message.id} while ${name} has ${other.message.id} in hand, both of ${message.key}`,
      );
    }
  }

  #lastTrial({ message: { id }, player, attempt }: Call, beside: number): void {
    const trials = (this.#trials.get(id) ?? 0) + 1;
    this.#trials.set(id, trials);
    if (beside > 0) this.object(`the last trial of ${id} does not run alone in ${player.name}`);
    if (trials > 1 + this.#drains && this.#plan.partitions === 0)
      this.object(`${id} has ${trials} last trials, the ${attempt}th attempt`);
  }

  /** In one process that holds its lanes, or in all that share partitions, a message is finished when all before it of its key are. */
  #checkOrder(message: PlannedMessage): void {
    const { processes, ordered, onFailure, messages, partitions } = this.#plan;
    if ((processes > 1 && partitions === 0) || !ordered || onFailure === 'skip') return;
    this.#orderChecks++;
    for (const before of messages) {
      if (before === message) return;
      if (before.key === message.key && !this.#isResolved(before))
        this.object(`${message.id} is finished before ${before.id}, both of ${message.key}`);
    }
  }
}

/** The id of what a handler returns. */
export function resultId({ id }: PlannedMessage, index: number): string {
  return `${id}-result-${index}`;
}

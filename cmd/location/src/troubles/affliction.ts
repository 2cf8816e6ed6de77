/**
 * What a service process is made to suffer, in the process itself. Handlers go through {@link afflicted}; while nothing is
 * wrong that costs one comparison. The demo says what is wrong over the channel that it has to its processes; a service that runs by itself is
 * never afflicted.
 */
import { POISON_ONE_IN } from './trouble.ts';

/** What is wrong with a process, all at once. */
export interface Affliction {
  /** Handling takes so much longer; 0: it does not. */
  readonly slowMs: number;
  /** Its handlers throw on one message in {@link POISON_ONE_IN}. */
  readonly poisoned: boolean;
}

/** From the demo to a service process: what is wrong from now on, and for how long it stands still once. */
export interface AfflictionMessage {
  readonly affliction: Affliction & { readonly blockMs: number };
}

/** Nothing is wrong. */
export const WELL: Affliction = { slowMs: 0, poisoned: false };

/** What a handler throws on a poisoned message. */
export class Poisoned extends Error {
  override readonly name = 'Poisoned';

  constructor() {
    super('this report is poisoned: one in a hundred is, until it is mended');
  }
}

/** The part of a message that decides whether it is poisoned. */
export interface Identified {
  readonly id: string;
}

let now: Affliction | undefined;
let blockMs = 0;
let listening = false;
/** Messages that wait because the process is slow: as many as its handlers run at once. Each ends its wait. */
const waits = new Set<() => void>();

/** The handler, with whatever this process suffers in front of it. */
export function afflicted<Given extends Identified | readonly Identified[], Answer>(
  handle: (given: Given) => Answer,
): (given: Given) => Answer | Promise<Answer> {
  listen();
  return (given) => (now === undefined ? handle(given) : suffer(given, handle));
}

/** Sets what this process suffers from now on. Those that wait because it was slow go on when it is not any more. */
export function afflict({ affliction }: AfflictionMessage): void {
  const { slowMs, poisoned } = affliction;
  blockMs = affliction.blockMs;
  now = slowMs > 0 || poisoned || blockMs > 0 ? { slowMs, poisoned } : undefined;
  if (slowMs === 0) for (const end of [...waits]) end();
}

/** Whether a message is one of the hundredth that are poisoned. It stays one, however often it comes, replayed or redelivered. */
export function isPoisoned({ id }: Identified): boolean {
  let hash = 0x811c9dc5; // FNV-1a
  for (let i = 0; i < id.length; i++) {
    hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % POISON_ONE_IN === 0;
}

function suffer<Given extends Identified | readonly Identified[], Answer>(
  given: Given,
  handle: (given: Given) => Answer,
): Answer | Promise<Answer> {
  standStill();
  const { slowMs, poisoned } = now ?? WELL;
  if (poisoned && list(given).some(isPoisoned)) throw new Poisoned();
  if (slowMs === 0) return handle(given);
  return wait(slowMs).then(() => handle(given));
}

/** In a handler, as a handler that computes for too long would. Once. */
function standStill(): void {
  if (blockMs === 0) return;
  const forMs = blockMs;
  blockMs = 0;
  if (now && now.slowMs === 0 && !now.poisoned) now = undefined;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      waits.delete(end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    waits.add(end);
  });
}

function list(given: Identified | readonly Identified[]): readonly Identified[] {
  return Array.isArray(given) ? given : [given as Identified];
}

function listen(): void {
  if (listening || process.send === undefined) return;
  listening = true;
  process.on('message', (message: object) => {
    if ('affliction' in message) afflict(message as AfflictionMessage);
  });
}

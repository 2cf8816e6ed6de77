/**
 * Stores several independent groups of messages as one atomic batch. A server spends milliseconds on each batch, however
 * small it is; so what comes while one is under way is gathered, and goes together with the next. Each group is still all
 * or nothing. A batch that is refused says nothing about which of its groups was at fault: then each goes by itself, and
 * fewer are gathered for a while.
 */
import type { EncodedMessage } from '@jetlane/contracts';
import { BATCH_MAX } from '../bucket.ts';
import { Queue } from '../queue.ts';
import type { PubAckAnswer } from './pub-ack.ts';

/** Sends one batch; `again` when nothing is known of it. */
export type SendBatch = (messages: readonly EncodedMessage[]) => Promise<PubAckAnswer>;

/** See the head of this file. */
export class GroupCommit {
  readonly #send: SendBatch;
  readonly #waiting = new Queue<Group>();
  #groupsMax = GROUPS_MAX;
  #busy = false;

  constructor(send: SendBatch) {
    this.#send = send;
  }

  /** Stores all of these, or none. The ack is that of the last one. */
  commit(messages: readonly EncodedMessage[]): Promise<PubAckAnswer> {
    return new Promise((resolve) => {
      this.#waiting.push({ messages, bytes: bytesOf(messages), resolve });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    for (let groups = this.#gather(); groups.length > 0; groups = this.#gather())
      await this.#store(groups);
    this.#busy = false;
  }

  async #store(groups: readonly Group[]): Promise<void> {
    const answer = await this.#send(groups.flatMap(({ messages }) => messages));
    const [only] = groups;
    if (groups.length === 1) return only?.resolve(answer);
    if (answer.kind === 'refused') {
      this.#groupsMax = Math.max(1, Math.floor(this.#groupsMax / 4));
      const singly = groups.map(async ({ messages, resolve }) =>
        resolve(await this.#send(messages)),
      );
      await Promise.all(singly);
      return;
    }
    if (answer.kind === 'stored') this.#groupsMax = Math.min(GROUPS_MAX, this.#groupsMax * 2);
    tell(groups, answer);
  }

  /** The next groups that fit into one batch. Two that share a subject do not: the second could not be checked. */
  #gather(): Group[] {
    const groups: Group[] = [];
    const subjects = new Set<string>();
    let count = 0;
    let bytes = 0;
    for (let next = this.#waiting.peek(); next; next = this.#waiting.peek()) {
      const fits =
        groups.length < this.#groupsMax &&
        count + next.messages.length <= BATCH_MAX &&
        bytes + next.bytes <= BYTES_MAX &&
        !next.messages.some(({ subject }) => subjects.has(subject));
      if (!fits && groups.length > 0) break;
      this.#waiting.shift();
      groups.push(next);
      for (const { subject } of next.messages) subjects.add(subject);
      count += next.messages.length;
      bytes += next.bytes;
    }
    return groups;
  }
}

interface Group {
  readonly messages: readonly EncodedMessage[];
  readonly bytes: number;
  readonly resolve: (answer: PubAckAnswer) => void;
}

const GROUPS_MAX = 64;
const BYTES_MAX = 4 * 1024 * 1024;

/** The messages of a batch have positions in a row, and its ack names the last. */
function tell(groups: readonly Group[], answer: PubAckAnswer): void {
  if (answer.kind !== 'stored') {
    for (const { resolve } of groups) resolve(answer);
    return;
  }
  let { seq } = answer.ack;
  for (const { messages, resolve } of [...groups].reverse()) {
    resolve({ kind: 'stored', ack: { ...answer.ack, seq } });
    seq -= messages.length;
  }
}

function bytesOf(messages: readonly EncodedMessage[]): number {
  return messages.reduce((sum, { payload }) => sum + payload.length, 0);
}

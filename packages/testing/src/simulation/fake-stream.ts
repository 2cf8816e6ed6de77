import type { EncodedMessage } from '@jetlane/core';

/** A message as a stream keeps it. */
export interface StoredMessage extends EncodedMessage {
  readonly seq: number;
  /** Since the run began. */
  readonly timeMs: number;
  /** Position in the stream that it is a copy of. */
  readonly origin?: number;
}

/** A stream that keeps everything and drops repeated ids within its window. */
export class FakeStream {
  readonly name: string;
  readonly dedupeWindowMs: number;
  readonly messages: StoredMessage[] = [];
  readonly #seen = new Map<string, StoredMessage>();

  constructor(name: string, dedupeWindowMs: number) {
    this.name = name;
    this.dedupeWindowMs = dedupeWindowMs;
  }

  get lastSeq(): number {
    return this.messages.length;
  }

  at(seq: number): StoredMessage | undefined {
    return this.messages[seq - 1];
  }

  has(id: string): boolean {
    return this.#seen.has(id);
  }

  store(message: EncodedMessage & { readonly origin?: number }, nowMs: number) {
    const before = this.#seen.get(message.id);
    if (before !== undefined && nowMs - before.timeMs < this.dedupeWindowMs)
      return { stream: this.name, seq: before.seq, duplicate: true };
    const stored = { ...message, seq: this.lastSeq + 1, timeMs: nowMs };
    this.messages.push(stored);
    this.#seen.set(message.id, stored);
    return { stream: this.name, seq: stored.seq, duplicate: false };
  }
}

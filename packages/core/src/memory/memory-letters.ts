import {
  type DeadLetter,
  type DeadLetterFilter,
  matchesFilter,
  toDeadLetter,
} from '../dead-letters/dead-letter.ts';
import type { LetterStore } from '../dead-letters/letter-store.ts';
import { deadLetterFilter, replayFilter } from '../dead-letters/subjects.ts';
import { uncovered } from '../topology/wanted.ts';
import { toMatcher } from './matcher.ts';
import type { MemoryBus } from './memory-bus.ts';
import type { StoredMessage } from './stored-message.ts';

/** Dead letters of the in-process bus. Nothing comes between sending and removing, so ids are all that a replay needs. */
export function memoryLetters(bus: MemoryBus): LetterStore {
  function* read(stream: string, filter: DeadLetterFilter): Iterable<DeadLetter> {
    const matches = toMatcher([deadLetterFilter(stream, filter.stream, filter.worker)]);
    const found = [...(bus.stream(stream)?.messages(bus.clock.now()) ?? [])];
    for (const message of found) {
      const letter = matches(message.subject) ? toLetter(message) : undefined;
      if (letter !== undefined && matchesFilter(letter, filter)) yield letter;
    }
  }
  const remove = (stream: string, seq: number) =>
    bus.stream(stream)?.delete(seq, bus.clock.now()) === true;
  return {
    async *read(stream, filter) {
      yield* read(stream, filter);
    },
    async get(stream, seq) {
      const [letter] = read(stream, { seq });
      return letter;
    },
    remove: async (stream, seq) => remove(stream, seq),
    async purge(stream, of) {
      const letters = [...read(stream, of)];
      return letters.filter(({ seq }) => remove(stream, seq)).length;
    },
    async body({ stream, streamSeq, time, truncatedBytes }) {
      const original = bus.stream(stream)?.at(streamSeq);
      const same = original?.payload.length === truncatedBytes;
      return same && original?.timeMs === time.getTime() ? original.payload : undefined;
    },
    async obstacle({ stream, worker }, to) {
      if (to === 'subject') return undefined;
      const filters = bus.consumer(stream, worker)?.settings.filters;
      if (filters !== undefined && uncovered(filters, [replayFilter(stream, worker)]).length === 0)
        return undefined;
      return `stream ${stream} has no worker ${worker} any more: replay to 'subject', or start the worker`;
    },
    async resend({ subject, id, headers, payload }) {
      await bus.store({ id, subject, payload, headers: { ...headers, 'Nats-Msg-Id': id } });
    },
    async forget() {},
  };
}

function toLetter({ seq, subject, headers, payload, timeMs }: StoredMessage): DeadLetter {
  return toDeadLetter({ seq, subject, headers, payload, time: new Date(timeMs) });
}

import type { ConsumerInfo } from '@nats-io/jetstream';
import { queueName } from '../partitions/partition-names.ts';
import type { Admin } from '../topology/admin.ts';
import { API_CODE, ask, refusal, unwrap } from '../topology/jetstream-api.ts';
import { filtersOf } from '../topology/normal-form.ts';
import type { Fields } from '../topology/stream-config.ts';
import { uncovered } from '../topology/wanted.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { LetterStore } from './letter-store.ts';
import { Resender } from './resend.ts';
import { lettersInfo, readLetter, readLetters } from './stored-letters.ts';
import { deadLetterFilter, replayFilter } from './subjects.ts';

/** Dead letters on a server. */
export function natsLetters(admin: Admin): LetterStore {
  const resender = new Resender(admin);
  return {
    read: (stream, filter) => readLetters(admin, stream, filter),
    async get(stream, seq) {
      const exists = (await lettersInfo(admin, stream)) !== undefined;
      return exists ? readLetter(admin, stream, seq) : undefined;
    },
    remove: (stream, seq) => remove(admin, stream, seq),
    async purge(stream, of) {
      if ((await lettersInfo(admin, stream)) === undefined) return 0;
      const body = { filter: deadLetterFilter(stream, of.stream, of.worker) };
      const answer = await ask<{ purged: number }>(admin, `STREAM.PURGE.${stream}`, body);
      return unwrap(answer, `dropping dead letters of ${stream}`).purged;
    },
    body: (letter) => body(admin, letter),
    obstacle: async (letter, to) => (to === 'subject' ? undefined : workerObstacle(admin, letter)),
    resend: (message) => resender.resend(message),
    forget: (message) => resender.forget(message),
  };
}

/** No such message; sequence not found. */
const GONE: ReadonlySet<number> = new Set<number>([API_CODE.notFoundInStream, 10_043, 10_057]);

async function remove(admin: Admin, stream: string, seq: number): Promise<boolean> {
  const answer = await ask(admin, `STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true });
  if (answer.ok) return true;
  if (GONE.has(answer.code)) return false;
  throw refusal(answer, `deleting ${seq} of ${stream}`);
}

async function body({ jsm }: Admin, letter: DeadLetter): Promise<Uint8Array | undefined> {
  const original = await jsm.streams
    .getMessage(letter.stream, { seq: letter.streamSeq })
    .catch(() => null);
  const same = original !== null && original.data.length === letter.truncatedBytes;
  if (!same) return undefined;
  // A partitioned worker knows a message by its id rather than by when it was stored.
  const id = letter.headers['ce-id'];
  const known =
    original.time.getTime() === letter.time.getTime() ||
    (id !== undefined && original.header.get('ce-id') === id);
  return known ? original.data : undefined;
}

/** A replay that no consumer takes would be stored and seen by nobody, or on an interest stream not even stored. */
async function workerObstacle(
  admin: Admin,
  { stream, worker }: DeadLetter,
): Promise<string | undefined> {
  const answer = await ask<ConsumerInfo>(admin, `CONSUMER.INFO.${stream}.${worker}`);
  if (!answer.ok) {
    if (answer.code !== API_CODE.consumerNotFound && answer.code !== API_CODE.streamNotFound) {
      throw refusal(answer, `reading consumer ${worker} of ${stream}`);
    }
    // A partitioned worker reads a queue, which takes its replays from the stream.
    const queue = await ask(admin, `STREAM.INFO.${queueName(stream, worker)}`);
    if (queue.ok) return undefined;
    return `stream ${stream} has no worker ${worker} any more: replay to 'subject', or start the worker`;
  }
  const filters = filtersOf(answer.value.config as unknown as Fields);
  if (filters.length === 0) return undefined;
  return uncovered(filters, [replayFilter(stream, worker)]).length === 0
    ? undefined
    : `worker ${worker} of ${stream} takes no replays (a mirror stores none): replay to 'subject'`;
}

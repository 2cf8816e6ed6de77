import { randomUUID } from 'node:crypto';
import { apiErrorCode, type Connection } from './connection.ts';

const WRONG_LAST_SEQUENCE = 10_071;
/** How long a claim is remembered. */
const REMEMBER = '24h';

/**
 * Stores a marker on `subject` unless one is there. The expectation that the subject is empty is the server's own
 * compare-and-set. A retry after a lost ack is refused like a stranger's, so on refusal the marker is read back: it is
 * ours when it carries our id.
 */
export async function claim({ js, jsm }: Connection, subject: string): Promise<boolean> {
  const msgID = randomUUID();
  try {
    await js.publish(subject, undefined, {
      msgID,
      ttl: REMEMBER,
      expect: { lastSubjectSequence: 0 },
      retries: 3,
    });
    return true;
  } catch (error) {
    if (apiErrorCode(error) !== WRONG_LAST_SEQUENCE) throw error;
    const stream = await jsm.streams.find(subject);
    const marker = await jsm.streams.getMessage(stream, { last_by_subj: subject });
    return marker?.header.get('Nats-Msg-Id') === msgID;
  }
}

/** Removes the marker, so that the next claim is the first again. */
export async function unclaim({ jsm }: Connection, subject: string): Promise<void> {
  const stream = await jsm.streams.find(subject);
  await jsm.streams.purge(stream, { filter: subject });
}

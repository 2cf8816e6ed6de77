/**
 * Finds the numbers in the reply subjects of deliveries, which end in
 * `<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>` after `$JS.ACK.<stream>.<consumer>.`, or after
 * `$JS.ACK.<domain>.<account hash>.<stream>.<consumer>.` and then before one more word
 * (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md). What stands before them is the same for all
 * deliveries of a consumer, so it is counted out once.
 */
export class AckSubject {
  #prefix = NONE;

  /** Where the first of the numbers is. */
  numbersIn(reply: string): number {
    if (!reply.startsWith(this.#prefix)) this.#prefix = prefixOf(reply);
    return this.#prefix.length;
  }
}

function prefixOf(reply: string): string {
  const words = reply.split('.');
  return `${words.slice(0, words.length === SHORT_WORDS ? 4 : 6).join('.')}.`;
}

const SHORT_WORDS = 9;
/** No subject begins so. */
const NONE = ' ';

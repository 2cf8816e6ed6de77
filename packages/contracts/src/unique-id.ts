/**
 * Ids that are unique without asking anybody: 20 random characters for this process, renewed every million ids, and a
 * number. About a fifth of the time of a UUID, and nine bytes less, which travel three times with each message. They are no
 * secret: who has seen one can guess the next.
 */

/** An id that no other message has: letters and digits only. */
export function uniqueId(): string {
  if (count === COUNT_MAX) {
    prefix = randomText();
    count = 0;
  }
  return prefix + count++;
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX_LENGTH = 20;
const COUNT_MAX = 1_000_000;

let prefix = '';
let count = COUNT_MAX;

/** 119 random bits: a byte that would make some letters likelier than others is thrown away. */
function randomText(): string {
  const fair = 256 - (256 % LETTERS.length);
  let text = '';
  while (text.length < PREFIX_LENGTH)
    for (const byte of globalThis.crypto.getRandomValues(new Uint8Array(PREFIX_LENGTH)))
      if (byte < fair && text.length < PREFIX_LENGTH) text += LETTERS[byte % LETTERS.length];
  return text;
}

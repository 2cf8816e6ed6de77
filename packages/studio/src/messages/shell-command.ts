/** Command lines that do in a terminal what the page shows. Quoted, so that a subject of any characters is one word. */
import type { CommandView } from '../wire.ts';

/** What commands need to reach the server: `host:port`, and its domain. */
export interface CommandTarget {
  readonly address: string;
  readonly domain: string | null;
}

/** What a filter shows. */
export function browseCommands(
  target: CommandTarget,
  {
    stream,
    subject,
    seq,
  }: { readonly stream: string; readonly subject: string; readonly seq?: number | undefined },
): CommandView[] {
  const from = seq === undefined ? [] : ['--from-seq', String(seq), '--no-follow'];
  const tail = [...jetlane(target, 'tail'), '--stream', stream, ...from, ...operands(subject)];
  return [
    { label: seq === undefined ? 'watch what comes' : 'read from here', command: toCommand(tail) },
  ];
}

/** One message. */
export function messageCommands(
  target: CommandTarget,
  {
    stream,
    subject,
    seq,
  }: { readonly stream: string; readonly subject: string; readonly seq: number },
): CommandView[] {
  const read = ['--from-seq', String(seq), '--no-follow', '--json'];
  const tail = [...jetlane(target, 'tail'), '--stream', stream, ...read, ...operands(subject)];
  const get = [...nats(target), 'stream', 'get', ...operands(stream, String(seq))];
  return [
    { label: 'this message, decoded', command: `${toCommand(tail)} | head -n 1` },
    { label: 'this message, with the nats CLI', command: toCommand(get) },
  ];
}

/** A stream. */
export function streamCommands(target: CommandTarget, stream: string): CommandView[] {
  return [
    {
      label: 'watch what comes',
      command: toCommand([...jetlane(target, 'tail'), '--stream', stream, '>']),
    },
    {
      label: 'with the nats CLI',
      command: toCommand([...nats(target), 'stream', 'info', ...operands(stream)]),
    },
  ];
}

/** A consumer. */
export function consumerCommands(
  target: CommandTarget,
  { stream, consumer }: { readonly stream: string; readonly consumer: string },
): CommandView[] {
  const info = [...nats(target), 'consumer', 'info', ...operands(stream, consumer)];
  return [{ label: 'with the nats CLI', command: toCommand(info) }];
}

/** A dead letter, in the stream that keeps it. */
export function letterCommands(target: CommandTarget, letters: string, seq: number): CommandView[] {
  const where = letters === 'DLQ' ? [] : ['--dead-letters', letters];
  const dlq = (verb: string) =>
    toCommand([...jetlane(target, 'dlq', verb), '--seq', String(seq), ...where]);
  return [
    { label: 'show it', command: dlq('show') },
    { label: 'send it back to its worker', command: dlq('replay') },
  ];
}

/**
 * Words as one line for a POSIX shell: bash, zsh and their like for words with control characters, which a terminal would
 * obey when they are pasted.
 */
export function toCommand(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

const DEFAULT_ADDRESS = /^(?:127\.0\.0\.1|localhost):4222$/;

function jetlane({ address, domain }: CommandTarget, ...verbs: readonly string[]): string[] {
  return [
    'jetlane',
    ...verbs,
    ...serverOf(address),
    ...(domain === null ? [] : ['--domain', domain]),
  ];
}

function nats({ address, domain }: CommandTarget): string[] {
  return ['nats', ...serverOf(address), ...(domain === null ? [] : ['--js-domain', domain])];
}

/** Logging in is left to the environment: no secret stands in a command. */
function serverOf(address: string): string[] {
  return DEFAULT_ADDRESS.test(address) ? [] : ['-s', address];
}

/** Behind `--` where one of them would be taken for an option. */
function operands(...words: readonly string[]): string[] {
  return words.some((word) => word.startsWith('-')) ? ['--', ...words] : [...words];
}

function quoted(word: string): string {
  if (/^[\w\-.,:/@%+=]+$/.test(word)) return word;
  if (!/\p{Cc}/u.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word.replace(/[\\'\p{Cc}]/gu, (character) => {
    if (character === '\\' || character === "'") return `\\${character}`;
    return [...Buffer.from(character)]
      .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
      .join('');
  });
  return `$'${escaped}'`;
}

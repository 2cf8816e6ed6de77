/** The keys of a terminal, one by one. */
import { emitKeypressEvents, type Interface } from 'node:readline';

/** A key, as it was pressed. */
export interface Key {
  /** `up`, `return`, `escape`, `a`, …; undefined for a character that has no name. */
  readonly name: string | undefined;
  /** What it typed. */
  readonly text: string;
  readonly ctrl: boolean;
}

/**
 * Tells each key until what it returns is called. Escape is the beginning of other keys too, so it is told when nothing has followed
 * it for a moment, or with the key that did.
 */
export function listenToKeys(stdin: NodeJS.ReadStream, onKey: (key: Key) => void): () => void {
  const keypress = (text: string | undefined, pressed: Pressed) => {
    for (const key of keysOf(text, pressed)) onKey(key);
  };
  // It reads nothing else of the interface that it asks for.
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_WAIT_MS } as unknown as Interface);
  stdin.on('keypress', keypress);
  return () => void stdin.off('keypress', keypress);
}

/** Taken to be longer than between the bytes of one key, and shorter than between two keys of a person. */
const ESCAPE_WAIT_MS = 50;
const ESCAPE: Key = { name: 'escape', text: '\u001b', ctrl: false };

interface Pressed {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly sequence?: string;
}

/** Readline takes Escape and the character after it for one key with Alt. Nothing here wants Alt, so they are two. */
function keysOf(text: string | undefined, { name, ctrl, sequence = '' }: Pressed): Key[] {
  const rest = sequence.replace(LEADING_ESCAPES, '');
  const escapes = Array.from({ length: sequence.length - rest.length }, () => ESCAPE);
  if (escapes.length > 0 && rest === '') return escapes;
  if (escapes.length > 0 && [...rest].length === 1) return [...escapes, plain(rest)];
  // Of the others the last Escape is the beginning: `\u001b[A`.
  return [...escapes.slice(1), { name, text: text ?? '', ctrl: ctrl === true }];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what Escape types
const LEADING_ESCAPES = /^\u001b+/;

const NAMES: Readonly<Record<string, string>> = {
  '\r': 'return',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  ' ': 'space',
};

function plain(text: string): Key {
  const named = NAMES[text];
  if (named !== undefined) return { name: named, text, ctrl: false };
  if (text <= '\u001a')
    return { name: String.fromCharCode(text.charCodeAt(0) + 96), text, ctrl: true };
  return { name: /^[a-z0-9]$/i.test(text) ? text.toLowerCase() : undefined, text, ctrl: false };
}

/** Text by the cells of a terminal that it takes: a wide character takes two, a combining one none. */
import widthOf from 'fast-string-width';

/** Cuts a line that may contain colours to `width` cells, so that it never wraps. */
export function clip(line: string, width: number): string {
  let left = Math.max(0, width);
  let result = '';
  for (const part of line.split(COLOUR)) {
    if (part.startsWith('\u001b')) {
      result += part;
      continue;
    }
    const kept = start(part, left);
    result += kept;
    // What did not fit ends the line: a narrow character behind a wide one must not take its place.
    left = kept === part ? left - cellsOf(part) : 0;
  }
  return result;
}

/** How many cells a line that may contain colours takes. */
export function visibleLength(line: string): number {
  return cellsOf(line.replace(new RegExp(COLOUR, 'g'), ''));
}

/** Cuts text without colours to `width` cells, an ellipsis at its end. */
export function cutEnd(text: string, width: number): string {
  return cellsOf(text) <= width ? text : width < 1 ? '' : `${start(text, width - 1)}…`;
}

/** As {@link cutEnd}, the ellipsis in the middle: what differs only at the end can still be told apart. */
export function cutMiddle(text: string, width: number): string {
  if (cellsOf(text) <= width) return text;
  if (width < 1) return '';
  const tail = end(text, Math.floor((width - 1) / 2));
  return `${start(text, width - 1 - cellsOf(tail))}…${tail}`;
}

/** Fills text without colours up to `width` cells. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - cellsOf(text)));
  return align === 'right' ? space + text : text + space;
}

/** Breaks text, which may contain colours, at its spaces into lines of `width` cells, its own line breaks kept. A word that is wider stays whole. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    let current: string | undefined;
    for (const word of line.split(' ')) {
      const longer: string = current === undefined ? word : `${current} ${word}`;
      if (current !== undefined && current.trim() !== '' && visibleLength(longer) > width) {
        lines.push(current);
        current = word;
      } else current = longer;
    }
    return [...lines, current ?? ''];
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOUR = /(\u001b\[[0-9;]*m)/;
/** Nearly all text: a cell each. */
const PLAIN = /^[ -~]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function cellsOf(text: string): number {
  return PLAIN.test(text) ? text.length : widthOf(text);
}

/** As much of the beginning as `width` cells hold. */
function start(text: string, width: number): string {
  if (PLAIN.test(text)) return text.slice(0, width);
  return held([...graphemes.segment(text)], width).join('');
}

function end(text: string, width: number): string {
  if (PLAIN.test(text)) return width < 1 ? '' : text.slice(-width);
  return held([...graphemes.segment(text)].reverse(), width)
    .reverse()
    .join('');
}

function held(characters: readonly Intl.SegmentData[], width: number): string[] {
  let left = width;
  const found = characters.findIndex(({ segment }) => {
    left -= cellsOf(segment);
    return left < 0;
  });
  return characters.slice(0, found < 0 ? characters.length : found).map(({ segment }) => segment);
}

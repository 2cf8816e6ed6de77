/** Doc comments as Markdown. */

/** What a doc comment says. */
export interface Doc {
  /** Markdown; empty where there are only tags. */
  readonly summary: string;
  readonly throws: readonly string[];
  /** Code, without its fence. */
  readonly examples: readonly string[];
}

/** Reads a block comment, given without its delimiters. */
export function toDoc(comment: string): Doc {
  const lines = comment
    .replace(/^\*/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const [summary = '', ...tags] = lines.join('\n').split(/^@(?=[a-z]+\b)/m);
  const texts = tags.map((tag) => {
    const [, name = '', text = ''] = /^([a-z]+)\s*([\s\S]*)$/.exec(tag) ?? [];
    return { name, text: text.trim() };
  });
  return {
    summary: toMarkdown(summary.trim()),
    throws: texts
      .filter(({ name }) => name === 'throws')
      .map(({ text }) => toMarkdown(text.replaceAll(/\n\s+/g, '\n'))),
    examples: texts.filter(({ name }) => name === 'example').map(({ text }) => unfenced(text)),
  };
}

/** The value that a doc comment calls the default: `Default X.` or `Default: X.`, as Markdown. */
export function defaultOf({ summary }: Doc): string | undefined {
  const sentences = /\bDefaults?(?: is|:)? +((?:`[^`]*`|[^.`]|\.(?=\S))+)(?:\.|$)/s.exec(summary);
  if (sentences !== null) return sentences[1]?.replaceAll(/\s+/g, ' ').trim();
  return undefined;
}

/** The summary without the sentence about the default. */
export function withoutDefault({ summary }: Doc): string {
  return summary
    .replace(/\s*\bDefaults?(?: is|:)? +(?:`[^`]*`|[^.`]|\.(?=\S))+(?:\.|$)/s, '')
    .trim();
}

/** Links become code, and what a page would take for a tag is escaped, outside of code. */
function toMarkdown(text: string): string {
  const linked = text.replaceAll(/\{@link (\S+?)(?: [^}]*)?\}/g, '`$1`');
  return linked
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;')))
    .join('');
}

function unfenced(text: string): string {
  return text
    .replace(/^```\w*\n/, '')
    .replace(/\n```$/, '')
    .trim();
}

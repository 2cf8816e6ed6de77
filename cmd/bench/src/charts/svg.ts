/** Pieces of an SVG that reads in light and dark: colours follow the reader's scheme. Pure. */

/** Colours by their number: 0 is ours. */
const STYLE = `
svg{--ink:#1f2328;--soft:#59636e;--grid:#d8dee4;--paper:#ffffff;--s0:#1f6feb;--s1:#bc4c00;--s2:#6e7781;--s3:#1a7f37;--s4:#8250df}
@media (prefers-color-scheme:dark){svg{--ink:#e6edf3;--soft:#9198a1;--grid:#3d444d;--paper:#0d1117;--s0:#58a6ff;--s1:#f0883e;--s2:#9198a1;--s3:#3fb950;--s4:#d2a8ff}}
text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:var(--ink)}
.title{font-size:15px;font-weight:600}.soft{fill:var(--soft)}.grid{stroke:var(--grid);stroke-width:1}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
${[0, 1, 2, 3, 4].map((i) => `.c${i}{stroke:var(--s${i})}.f${i}{fill:var(--s${i})}`).join('')}
.frame{stroke:var(--paper);stroke-width:.5}.frame+text{font-size:10px;fill:#1f2328}`;

/** A whole picture. `title` is read out and shown, `words` describe it to who cannot see it. */
export function picture(
  size: { readonly width: number; readonly height: number },
  { title, words }: { readonly title: string; readonly words: string },
  body: readonly string[],
): string {
  const { width, height } = size;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(words)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect width="${width}" height="${height}" fill="var(--paper)"/>`,
    text(16, 24, title, { kind: 'title' }),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** A line of text. */
export function text(
  x: number,
  y: number,
  words: string,
  { kind = '', anchor = 'start' }: { readonly kind?: string; readonly anchor?: string } = {},
): string {
  const css = kind === '' ? '' : ` class="${kind}"`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${css}>${escaped(words)}</text>`;
}

/** Text that is safe inside of XML. */
export function escaped(words: string): string {
  return (
    words
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
  );
}

/** A coordinate with one digit behind the point. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A count in at most five characters: `950`, `12k`, `1.5M`. */
export function short(value: number): string {
  const digits = (n: number) => Number(n.toPrecision(3)).toString();
  if (value >= 1e6) return `${digits(value / 1e6)}M`;
  if (value >= 1e3) return `${digits(value / 1e3)}k`;
  return digits(value);
}

/** Microseconds as they are read best. */
export function micros(us: number): string {
  const digits = (n: number) => Number(n.toPrecision(3)).toString();
  if (us >= 1e6) return `${digits(us / 1e6)} s`;
  if (us >= 1e3) return `${digits(us / 1e3)} ms`;
  return `${digits(us)} µs`;
}

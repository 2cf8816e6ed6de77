/** The body of a message, and its headers: as text, whatever stands in them. */
import { useMemo, useState } from 'preact/hooks';
import type { BodyView } from '../../src/wire.ts';
import { bytes } from '../kit/format.ts';
import { type JsonNode, readJson } from './json-node.ts';
import { JsonTree } from './json-tree.tsx';

const kinds: Readonly<Record<BodyView['kind'], string>> = {
  contract: 'decoded by its contract',
  msgpack: 'decoded as MessagePack',
  json: 'JSON',
  text: 'text',
  hex: 'bytes, in hexadecimal',
  empty: 'empty',
};

/** As a tree where it can be read as one, and as it is on demand. */
export function Body({ body }: { body: BodyView }) {
  const [raw, setRaw] = useState(false);
  const tree = useMemo(() => treeOf(body), [body]);
  return (
    <section class="body" aria-label="Body">
      <div class="section-head">
        <h3>Body</h3>
        <span class="quiet">{kinds[body.kind]}</span>
        {tree && (
          <button
            type="button"
            class="button"
            aria-pressed={raw}
            onClick={() => setRaw((before) => !before)}
          >
            Raw
          </button>
        )}
      </div>
      {body.problem && <p class="notice warn">{body.problem}</p>}
      {body.cut && (
        <p class="notice">
          Only the first {bytes(body.cut.shownBytes)} of {bytes(body.cut.bytes)} are shown.
        </p>
      )}
      {body.kind === 'empty' && <p class="quiet">There is none: the message has headers only.</p>}
      {tree && !raw && <JsonTree node={tree} />}
      {body.kind !== 'empty' && (!tree || raw) && (
        <Preformatted text={body.text} name="Body" hex={body.kind === 'hex'} />
      )}
    </section>
  );
}

/** Text as it stands, in a frame that scrolls. Its lines are broken where they are too long, unless they are `hex`. */
export function Preformatted(props: { text: string; name: string; hex?: boolean }) {
  const { text, name, hex = false } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class={`scrolls ${hex ? 'hex' : ''}`} aria-label={name} tabIndex={0}>
      <pre>{text}</pre>
    </section>
  );
}

/** Headers in their order. */
export function Headers(props: {
  headers: readonly (readonly [name: string, value: string])[];
  cut: number;
}) {
  const { headers, cut } = props;
  return (
    <section class="headers" aria-label="Headers">
      <h3>Headers</h3>
      {headers.length === 0 && <p class="quiet">none</p>}
      <dl class="facts code">
        {headers.map(([name, value], index) => (
          // A name may come twice.
          <div key={`${index} ${name}`}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {cut > 0 && <p class="quiet">{cut} more are not shown: too many, or too long.</p>}
    </section>
  );
}

/** The tree of a body that holds JSON; undefined where it is cut or is none. */
function treeOf({ kind, text, cut }: BodyView): JsonNode | undefined {
  const json = kind === 'contract' || kind === 'msgpack' || kind === 'json';
  return json && cut === null ? readJson(text) : undefined;
}

/**
 * A decoded payload as a tree that opens and closes. Everything in it is text. Only what is open is built, and of a long
 * list or text only the beginning, so the size of a payload does not matter.
 */
import { useState } from 'preact/hooks';
import { count, counted } from '../kit/format.ts';
import type { JsonNode } from './json-node.ts';

const entriesStep = 100;
const openEntriesMax = 40;
const openDepth = 3;
const textMax = 400;

/** Shows any value that JSON can hold. */
export function JsonTree({ node }: { node: JsonNode }) {
  return (
    <div class="tree">
      <Node node={node} depth={0} />
    </div>
  );
}

function Node({ name, node, depth }: { name?: string; node: JsonNode; depth: number }) {
  if ('entries' in node) return <Branch name={name} node={node} depth={depth} />;
  return (
    <div class="leaf">
      <Name name={name} />
      <Leaf {...node} />
    </div>
  );
}

function Branch(props: {
  name: string | undefined;
  node: Extract<JsonNode, { entries: unknown }>;
  depth: number;
}) {
  const { name, node, depth } = props;
  const { entries } = node;
  const list = node.kind === 'list';
  const [open, setOpen] = useState(depth < openDepth && entries.length <= openEntriesMax);
  const [shown, setShown] = useState(entriesStep);
  const size = list ? counted(entries.length, 'item') : counted(entries.length, 'field');
  if (entries.length === 0) {
    return (
      <div class="leaf">
        <Name name={name} />
        <span class="quiet">{list ? '[]' : '{}'}</span>
      </div>
    );
  }
  return (
    <div class="branch">
      <button
        type="button"
        class="fold"
        aria-expanded={open}
        onClick={() => setOpen((before) => !before)}
      >
        <span class="arrow" aria-hidden="true">
          {open ? '▾' : '▸'}
        </span>
        <Name name={name} />
        <span class="quiet">{list ? `[${size}]` : `{${size}}`}</span>
      </button>
      {open && (
        <ul>
          {entries.slice(0, shown).map((entry, index) => (
            // A name may come twice.
            <li key={`${index} ${entry.name}`}>
              <Node name={entry.name} node={entry.node} depth={depth + 1} />
            </li>
          ))}
        </ul>
      )}
      {open && shown < entries.length && (
        <button
          type="button"
          class="button more"
          onClick={() => setShown((before) => before + entriesStep)}
        >
          Show more: {count(entries.length - shown)} left
        </button>
      )}
    </div>
  );
}

function Name({ name }: { name?: string | undefined }) {
  return name === undefined ? null : <span class="key">{name}: </span>;
}

function Leaf({ kind, text }: { kind: string; text: string }) {
  const [whole, setWhole] = useState(false);
  if (whole || text.length <= textMax) return <span class={`value ${kind}`}>{text}</span>;
  return (
    <>
      <span class={`value ${kind}`}>{text.slice(0, textMax)}…</span>{' '}
      <button type="button" class="button more" onClick={() => setWhole(true)}>
        Show all {count(text.length)} characters
      </button>
    </>
  );
}

/** The list by which one finds drivers and rides with keys alone, or with a screen reader. */
import { useRef } from 'preact/hooks';
import type { Choice, Model } from './model.ts';

/** Arrow keys go through it, Enter chooses; it is a stop of the Tab key of its own. */
export function Choices({ model }: { readonly model: Model }) {
  const list = useRef<HTMLUListElement>(null);
  if (!model.choices) return null;
  const { choices, scope, whole } = model;
  const go = (event: KeyboardEvent) => {
    const by = STEPS[event.key];
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (by === undefined || at === -1) return;
    event.preventDefault();
    const next = Math.min(buttons.length - 1, Math.max(0, at + by));
    buttons[next]?.focus();
  };
  const selected = model.selection?.of.id;
  const stop = Math.max(
    0,
    choices.findIndex(({ key }) => key === selected),
  );
  return (
    <section id="choices" class="choices panel" aria-label="Drivers and rides in view">
      <p class="quiet">
        {scope?.aggregated
          ? 'Fullest cells; choosing one zooms in.'
          : `Who is ${whole ? 'in the city' : 'in this part of the city'}, nearest to the middle first.`}
      </p>
      <ul ref={list} onKeyDown={go}>
        {choices.map((choice, index) => (
          <li key={choice.key}>
            <button
              type="button"
              class="button bare"
              aria-pressed={choice.key === selected}
              tabIndex={index === stop ? 0 : -1}
              onClick={choice.choose}
            >
              <span>{choice.name}</span> <span class="quiet">{choice.words}</span>
            </button>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p>Nobody is in view.</p>}
    </section>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -1000,
  End: 1000,
};

/** Those in the list keep their places while somebody is in it: what moves can not be chosen. */
export function steady(before: readonly Choice[], now: readonly Choice[]): readonly Choice[] {
  const found = new Map(now.map((choice) => [choice.key, choice]));
  const kept = before.flatMap(({ key }) => found.get(key) ?? []);
  const keys = new Set(kept.map(({ key }) => key));
  return [...kept, ...now.filter(({ key }) => !keys.has(key))].slice(0, now.length);
}

/** The keyboard. Nothing happens while one writes, or with a modifier held: those belong to the browser. */
import { hashOf, type ViewName } from './route.ts';
import { store } from './state/store.ts';

/** What the keys do, as it is listed with `?`. */
export const shortcuts: readonly (readonly [keys: string, what: string])[] = [
  ['g o', 'go to the overview'],
  ['g s', 'go to the streams'],
  ['g w', 'go to the workers'],
  ['g d', 'go to the dead letters'],
  ['g m', 'go to the messages'],
  ['/', 'to the filter of this view'],
  ['j  k', 'to the next, the previous row'],
  ['[  ]', 'older, newer messages'],
  ['?', 'this list'],
  ['Esc', 'close a dialog, leave a field'],
];

/** Whether the list is open. */
export const help = store(false);

const places: Readonly<Record<string, ViewName>> = {
  o: 'overview',
  s: 'streams',
  w: 'workers',
  d: 'dead-letters',
  m: 'messages',
};
const secondKeyWithinMs = 1500;

/** Listens until the page is closed. */
export function keepShortcuts(): void {
  let goUntilMs = 0;
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isWriting(event.target)) {
      if (event.key === 'Escape') (event.target as HTMLElement).blur();
      return;
    }
    if (document.querySelector('dialog[open]')) return;
    const view = performance.now() < goUntilMs ? places[event.key] : undefined;
    goUntilMs = event.key === 'g' ? performance.now() + secondKeyWithinMs : 0;
    if (view) location.hash = hashOf(view);
    else if (!press(event.key)) return;
    event.preventDefault();
  });
}

/** Whether the key did something. */
function press(key: string): boolean {
  switch (key) {
    case '?':
      help.set(true);
      return true;
    case '/':
      return focus(document.querySelector('[data-filter]'));
    case 'j':
      return step(1);
    case 'k':
      return step(-1);
    case '[':
      return click('[data-older]');
    case ']':
      return click('[data-newer]');
    default:
      return false;
  }
}

/** From the row that has the focus, or that is open, to a neighbour. */
function step(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const focused = rows.indexOf(document.activeElement as HTMLElement);
  const open = rows.findIndex((row) => row.getAttribute('aria-current') === 'true');
  const at = focused === -1 ? open : focused;
  return focus(rows[at === -1 ? (by === 1 ? 0 : rows.length - 1) : at + by] ?? null);
}

function focus(element: Element | null): boolean {
  if (!(element instanceof HTMLElement)) return false;
  element.focus();
  element.scrollIntoView({ block: 'nearest' });
  if (element instanceof HTMLInputElement) element.select();
  return true;
}

function click(selector: string): boolean {
  const element = document.querySelector(selector);
  if (!(element instanceof HTMLElement) || element.hasAttribute('disabled')) return false;
  element.click();
  return true;
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

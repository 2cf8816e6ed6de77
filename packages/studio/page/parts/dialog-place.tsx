/** Where dialogs are: beside the views, so that one stays when what it was opened from goes, by its own doing for example. */
import type { VNode } from 'preact';
import { store, useStore } from '../state/store.ts';

const shown = store<{ readonly content: () => VNode } | null>(null);

/** Opens a dialog in front of the view. One at a time: another one takes its place. */
export function openDialog(content: () => VNode): void {
  shown.set({ content });
}

/** Closes it. */
export function closeDialog(): void {
  shown.set(null);
}

/** Draws the open dialog; once in the page. */
export function DialogPlace() {
  return useStore(shown)?.content() ?? null;
}

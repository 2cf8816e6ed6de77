import type { Session } from '../../src/wire.ts';
import { store } from '../state/store.ts';

/** What the server told this page: now, and when the page was loaded. Null before it did. */
export interface SessionState {
  readonly session: Session | null;
  readonly first: Session | null;
}

/** Kept by `readSession`. */
export const session = store<SessionState>({ session: null, first: null });

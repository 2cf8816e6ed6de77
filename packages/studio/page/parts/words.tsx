/** What stands where there is nothing to show: empty, loading, failed, or partly missing. Always words. */
import type { ComponentChildren } from 'preact';
import type { Gap } from '../../src/wire.ts';
import type { Refusal } from '../server/api.ts';
import { feed, isAway } from '../state/feed.ts';
import { useStore } from '../state/store.ts';

/** There is nothing, and that is all right: what it means, and how something would come here. */
export function Nothing({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="nothing-here">
      <h2>{title}</h2>
      {children && <div class="quiet">{children}</div>}
    </div>
  );
}

/** There may be some: below the {@link Gaps} that say why they were not found. */
export function NoneSeen({ what }: { what: string }) {
  return (
    <Nothing title={`No ${what} can be seen from here`}>
      <p>That does not say that there are none: what could not be read, and why, stands above.</p>
    </Nothing>
  );
}

/** Something is on its way. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="loading quiet" role="status">
      Loading {what} …
    </p>
  );
}

/** It was asked for and did not come. What was known before stays beside it. */
export function Problem({ problem, retry }: { problem: Refusal | null; retry?: () => void }) {
  const away = useStore(feed, isAway);
  if (!problem) return null;
  if (away && isOfAbsence(problem)) return <ReadAgain />;
  return (
    <div class="notice alarm" role="alert">
      <p>{problem.message}</p>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The banner says why, for everything. */
function ReadAgain() {
  return (
    <p class="loading quiet" role="status">
      What is missing here is read again as soon as the connection is back.
    </p>
  );
}

function isOfAbsence({ code }: { readonly code: string }): boolean {
  return code === 'UNREACHABLE' || code === 'DISCONNECTED';
}

/** Parts that could not be read, with the reasons. */
export function Gaps({ gaps }: { gaps: readonly Gap[] }) {
  const away = useStore(feed, isAway);
  if (gaps.length === 0) return null;
  if (away && gaps.every(isOfAbsence)) return <ReadAgain />;
  return (
    <div class="notice warn" role="status">
      <div>
        <p>Not everything could be read:</p>
        <ul class="gaps">
          {gaps.map(({ what, code, words }) => (
            <li key={`${what} ${code}`}>
              <strong>{what}</strong>: {words}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

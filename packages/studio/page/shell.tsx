/** What is around every view: where one can go, how well the page is connected, and what it may do. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { count } from './kit/format.ts';
import { Dialog } from './parts/dialog.tsx';
import { closeDialog, DialogPlace } from './parts/dialog-place.tsx';
import { Pill } from './parts/figures.tsx';
import { hashOf, type ViewName, views } from './route.ts';
import { session } from './server/session.ts';
import { help, shortcuts } from './shortcuts.ts';
import { useNowMs } from './state/clock.ts';
import { connectionView } from './state/connection.ts';
import { feed } from './state/feed.ts';
import { route } from './state/place.ts';
import { useStore } from './state/store.ts';
import { DeadLetters } from './views/dead-letters.tsx';
import { Messages } from './views/messages.tsx';
import { Overview } from './views/overview.tsx';
import { Streams } from './views/streams.tsx';
import { Workers } from './views/workers.tsx';

const titles: Readonly<Record<ViewName, string>> = {
  overview: 'Overview',
  streams: 'Streams',
  workers: 'Workers',
  'dead-letters': 'Dead letters',
  messages: 'Messages',
};
const contents = {
  overview: Overview,
  streams: Streams,
  workers: Workers,
  'dead-letters': DeadLetters,
  messages: Messages,
};

/** The page. */
export function Shell() {
  const { view, path } = useStore(route);
  const main = useRef<HTMLElement>(null);
  const title = useStore(session, ({ session: known }) => known?.title ?? '');
  const place = [titles[view], ...path].join(' / ');
  useEffect(() => {
    document.title = [place, title, 'Jetlane studio'].filter(Boolean).join(' · ');
  }, [place, title]);
  const before = useRef(place);
  // Before anybody sees the view: a key that comes then may take the focus elsewhere.
  useLayoutEffect(() => {
    if (before.current === place) return;
    before.current = place;
    closeDialog();
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [place]);
  const View = contents[view];
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <p class="brand">
          <strong>Jetlane</strong> studio{title && <span class="quiet">{title}</span>}
        </p>
        <Navigation current={view} />
        <div class="status">
          <Access />
          <Connection />
          <button type="button" class="button bare" onClick={() => help.set(true)}>
            <span aria-hidden="true">?</span>
            <span class="unseen">Keyboard shortcuts</span>
          </button>
        </div>
      </header>
      <Banners />
      <main ref={main} tabIndex={-1} aria-label={titles[view]}>
        <View path={path} />
      </main>
      <DialogPlace />
      <Help />
    </>
  );
}

function Navigation({ current }: { current: ViewName }) {
  const letters = useStore(feed, ({ snapshot }) => snapshot?.totals.deadLetters ?? 0);
  const place = useRef<HTMLElement>(null);
  // On a narrow screen not all of them may be in sight.
  useEffect(() => {
    const link = place.current?.querySelector(`[href="${hashOf(current)}"]`);
    link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav ref={place} class="views" aria-label="Views">
      {views.map((view) => (
        <a key={view} href={hashOf(view)} aria-current={view === current ? 'page' : undefined}>
          {titles[view]}
          {view === 'dead-letters' && letters > 0 && <Pill tone="alarm">{count(letters)}</Pill>}
        </a>
      ))}
    </nav>
  );
}

function Connection() {
  const known = useStore(feed);
  const { tone, label } = connectionView(known, useNowMs());
  const rtt = known.snapshot?.server?.rttMs;
  const address = known.snapshot?.server?.address;
  const live = tone === 'ok' && typeof rtt === 'number';
  return (
    <span title={address ? `nats-server at ${address}` : undefined}>
      <Pill tone={tone}>
        <span class={`dot ${tone}`} aria-hidden="true" />
        {label}
        {live && <span class="rtt">{rtt.toFixed(rtt < 10 ? 1 : 0)} ms</span>}
      </Pill>
    </span>
  );
}

function Access() {
  const known = useStore(session, ({ session: now }) => now);
  if (!known || known.mayAct) return null;
  return (
    <span title={known.whyNot ?? undefined}>
      <Pill>read-only</Pill>
    </span>
  );
}

/** What is wrong with the connection, in full; and that the page is older than its server. */
function Banners() {
  const { words, tone } = connectionView(useStore(feed), useNowMs());
  const { session: now, first } = useStore(session);
  const old = now && first && now.version !== first.version;
  return (
    <div class="banners" role="status">
      {words && <p class={`notice ${tone}`}>{words}</p>}
      {old && (
        <p class="notice warn">
          The studio is now version {now.version}, and this page is of {first.version}.
          <button type="button" class="button" onClick={() => location.reload()}>
            Load the new one
          </button>
        </p>
      )}
    </div>
  );
}

function Help() {
  if (!useStore(help)) return null;
  return (
    <Dialog title="Keyboard shortcuts" close={() => help.set(false)}>
      <dl class="keys">
        {shortcuts.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(/ +/).map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div class="answers">
        <button type="button" class="button main" onClick={() => help.set(false)}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

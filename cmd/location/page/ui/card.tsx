/** The selected driver or ride: what it does, and its messages one by one. Payloads are set as text. */
import { count, duration, milliseconds, timeOfDay } from '@jetlane/studio/kit/format';
import { countdown } from '../ride-scene.ts';
import type { Ride } from '../rides.ts';
import { flagWords } from '../scene.ts';
import type { TrailLine } from '../trail.ts';
import type { Actions, Model, Selection } from './model.ts';

const STATUS: Readonly<Record<string, string>> = {
  free: 'free',
  assigned: 'on the way to a rider',
  'on-trip': 'with a rider',
};
const STAGE = {
  waiting: 'the rider waits for a driver',
  matched: 'a driver is on the way',
  riding: 'under way',
  arrived: 'arrived',
  over: 'over',
} as const;
const KMH = 3.6;

/** Beside the map, or on a phone over its foot. */
export function Card({ model, actions }: { readonly model: Model; readonly actions: Actions }) {
  const { selection } = model;
  if (!selection) return null;
  const { of, id } = selection.of;
  const title = `${of === 'driver' ? 'Driver' : 'Ride'} ${id}`;
  return (
    <section class="card panel" id="card" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <button
          type="button"
          class="button bare"
          aria-label={`Close ${title}`}
          onClick={() => actions.select(undefined)}
        >
          ✕
        </button>
      </header>
      <Facts selection={selection} model={model} actions={actions} />
      <Messages selection={selection} cityMs={model.cityMs} />
    </section>
  );
}

interface FactsProps {
  readonly selection: Selection;
  readonly model: Model;
  readonly actions: Actions;
}

function Facts({ selection, model, actions }: FactsProps) {
  const { of, driver, ride, flag } = selection;
  const other = of.of === 'driver' ? ride?.id : ride?.driverId;
  const otherOf = of.of === 'driver' ? 'ride' : 'driver';
  return (
    <>
      {flag && (
        <p class="flag">
          Caught: <strong>{flagWords(flag.reason)}</strong>, its reports imply{' '}
          {count(flag.impliedMps)} m/s
        </p>
      )}
      <dl class="facts">
        {driver && <Fact name="driver" value={STATUS[driver.status] ?? driver.status} />}
        {driver && <Fact name="speed" value={`${Math.round(driver.speedMps * KMH)} km/h`} />}
        {ride && <Fact name="ride" value={STAGE[ride.stage]} />}
        {ride && <Fact name={etaName(ride)} value={etaWords(ride, model.cityMs)} />}
      </dl>
      {!driver && !ride && <p class="quiet">Not in view at present: its messages still come.</p>}
      {other && (
        <button
          type="button"
          class="button"
          onClick={() => actions.select({ of: otherOf, id: other })}
        >
          {otherOf === 'ride' ? 'Its ride' : 'Its driver'} {other}
        </button>
      )}
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function etaName({ stage }: Ride): string {
  if (stage === 'waiting') return 'waiting for';
  return stage === 'riding' ? 'arrives in' : 'pick-up in';
}

function etaWords(ride: Ride, cityMs: number): string {
  if (ride.stage === 'waiting') return duration(Math.max(0, cityMs - ride.sinceMs));
  return countdown(ride, cityMs) || '–';
}

function Messages({
  selection,
  cityMs,
}: {
  readonly selection: Selection;
  readonly cityMs: number;
}) {
  const { lines, phase, problem } = selection.trail;
  return (
    <>
      <h3>Messages</h3>
      {problem !== undefined && <p class="warn">Older ones could not be read: {problem}.</p>}
      {phase === 'reading' && <p class="quiet">Reading them from the stream…</p>}
      {phase === 'ready' && lines.length === 0 && <p class="quiet">None in the stream.</p>}
      <section class="messages" aria-label="Messages, newest first">
        <ol>
          {lines.map((line) => (
            <MessageLine key={`${line.stream}${line.seq}`} line={line} cityMs={cityMs} />
          ))}
        </ol>
      </section>
    </>
  );
}

function MessageLine({ line, cityMs }: { readonly line: TrailLine; readonly cityMs: number }) {
  const { type, seq, stream, subject, storedAtMs, storedMs, pageMs, text } = line;
  const agoMs = Math.max(0, cityMs - storedAtMs);
  return (
    <li>
      <div class="line-head">
        <strong>{type}</strong>
        <span class="quiet" title={timeOfDay(storedAtMs)}>
          {agoMs < 1000 ? 'now' : `${duration(Math.floor(agoMs / 1000) * 1000)} ago`}
        </span>
      </div>
      <code class="subject">{subject}</code>
      <div class="line-foot quiet">
        <span title={`Position in the stream ${stream}`}>#{count(seq)}</span>
        <span>stored {milliseconds(storedMs)}</span>
        {pageMs !== null && <span>here {milliseconds(pageMs)}</span>}
      </div>
      <details>
        <summary>Content</summary>
        <pre>{text}</pre>
      </details>
    </li>
  );
}

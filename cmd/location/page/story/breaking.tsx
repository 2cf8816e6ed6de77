/** Try to break it: what one can do, and what became of it. */
import { count, counted } from '@jetlane/studio/kit/format';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StoryAction, StoryFigures, TroubleOffer } from '../figures.ts';
import { OFFERS } from './offers.ts';
import type { StoryState } from './store.ts';
import { Trouble } from './trouble.tsx';

/** What the last part needs. */
export interface BreakingProps {
  readonly state: StoryState;
  readonly figures: StoryFigures;
  readonly act: (action: StoryAction) => void;
}

/** The last part. */
export function Breaking({ state, figures, act }: BreakingProps) {
  const { session, linked, asking, answer } = state;
  const { offers, troubles } = figures;
  const names = Object.keys(figures.services);
  const [picked, setPicked] = useState('fraud');
  const service = names.includes(picked) ? picked : (names[0] ?? '');
  const whyNot = whyNone(state);
  const acting = troubles.some(({ mendable }) => mendable);
  const able = whyNot === null && asking === undefined && linked;
  const list = useSight(troubles[0]?.id ?? 0);
  return (
    <section aria-labelledby="story-breaking" class="breaking">
      <div class="head">
        <h2 id="story-breaking">Try to break it</h2>
        <button
          type="button"
          class="button"
          disabled={!able || !acting}
          onClick={() => act({ do: 'mend' })}
        >
          Mend everything
        </button>
      </div>
      {session && whyNot ? <p class="notice">{whyNot}</p> : null}
      <Which names={names} service={service} pick={setPicked} />
      <ul class="offers">
        {offers.map((offer) => (
          <Offer
            key={offer.kind}
            offer={offer}
            service={service}
            able={able}
            act={(action) => {
              list.expect();
              act(action);
            }}
          />
        ))}
      </ul>
      {answer && !answer.ok ? <p class="notice warn">Not done: {answer.words}.</p> : null}
      <Letters figures={figures} able={able} act={act} />
      {troubles.length === 0 ? null : (
        <div ref={list.place}>
          <h3>What came of it</h3>
          <ol class="troubles">
            {troubles.map((trouble) => (
              <Trouble
                key={trouble.id}
                trouble={trouble}
                able={able}
                mend={() => act({ do: 'mend', id: trouble.id })}
              />
            ))}
          </ol>
        </div>
      )}
    </section>
  );
}

interface WhichProps {
  readonly names: readonly string[];
  readonly service: string;
  readonly pick: (name: string) => void;
}

function Which({ names, service, pick }: WhichProps) {
  return (
    <fieldset class="which">
      <legend>Which service?</legend>
      {names.map((name) => (
        <label key={name}>
          <input
            type="radio"
            name="story-service"
            checked={name === service}
            onChange={() => pick(name)}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

/** Brings what came of one's own action into view, when the newest is another than when it was asked for. */
function useSight(newest: number) {
  const place = useRef<HTMLDivElement>(null);
  const expected = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (expected.current === undefined || expected.current === newest) return;
    expected.current = undefined;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    place.current?.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }, [newest]);
  return {
    place,
    expect() {
      expected.current = newest;
    },
  };
}

function whyNone({ session, linked }: StoryState): string | null {
  if (!linked) return 'there is no connection';
  return session === undefined ? 'the demo was not asked yet' : session.whyNot;
}

interface OfferProps {
  readonly offer: TroubleOffer;
  readonly service: string;
  readonly able: boolean;
  readonly act: (action: StoryAction) => void;
}

function Offer({ offer, service, able, act }: OfferProps) {
  const { kind, services } = offer;
  const ofAll = services.length === 0;
  const other = !ofAll && !services.includes(service);
  const whyNot = offer.whyNot ?? (other ? `Only for ${services.join(' and ')}.` : null);
  const { button, promise } = OFFERS[kind];
  const id = `story-offer-${kind}`;
  return (
    <li>
      <button
        type="button"
        class="button"
        disabled={!able || whyNot !== null}
        aria-describedby={id}
        onClick={() => act(ofAll ? { do: 'trouble', kind } : { do: 'trouble', kind, service })}
      >
        {button(service)}
      </button>
      <span id={id} class="quiet">
        {whyNot ?? promise}
      </span>
    </li>
  );
}

/** Dead letters that are there, whoever made them: each can be sent back to the service that gave up. */
function Letters({ figures, able, act }: Omit<BreakingProps, 'state'> & { able: boolean }) {
  const waiting = Object.entries(figures.services).filter(([, service]) => service.deadLetters > 0);
  if (waiting.length === 0) return null;
  return (
    <ul class="letters">
      {waiting.map(([name, { deadLetters }]) => (
        <li key={name} class="notice warn">
          <span>
            {counted(deadLetters, 'dead letter')} of {name}: set aside, not lost.{' '}
            <a href="studio/">Look at {deadLetters === 1 ? 'it' : 'them'}</a>
          </span>
          <button
            type="button"
            class="button"
            disabled={!able}
            onClick={() => act({ do: 'replay', service: name })}
          >
            Replay {count(deadLetters)} to {name}
          </button>
        </li>
      ))}
    </ul>
  );
}

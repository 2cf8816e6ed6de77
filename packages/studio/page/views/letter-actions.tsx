/** Sending dead letters back, and deleting them: what exactly will happen is said before it does. */
import { useState } from 'preact/hooks';
import type { LetterFilter, ReplayRequest } from '../../src/wire.ts';
import { count, counted } from '../kit/format.ts';
import { Confirm, type Plan } from '../parts/dialog.tsx';
import { closeDialog, openDialog } from '../parts/dialog-place.tsx';
import { session } from '../server/session.ts';
import { useStore } from '../state/store.ts';

/** As the server takes it. */
const rateMax = 100_000;

/** What is known of the letters that a filter means. */
export interface Letters {
  readonly count: number;
  readonly worker: string;
  /** The stream that the messages came from. */
  readonly from: string;
  /** Its code, or the reason. */
  readonly error: string;
}

/** Says that this page may not act, and why; nothing where it may. */
export function NoActions() {
  const access = useStore(session, ({ session: known }) => known);
  if (!access || access.mayAct) return null;
  return <p class="notice">{access.whyNot ?? 'This page may only look.'}</p>;
}

/** The two buttons. */
export function LetterActions(props: { filter: LetterFilter; letters: Letters; done: () => void }) {
  const { filter, letters, done } = props;
  const access = useStore(session, ({ session: known }) => known);
  const refused = access?.mayAct === false;
  const whyNot = refused ? (access.whyNot ?? undefined) : undefined;
  // A dialog says what was known when it was opened, while figures behind it go on.
  const replay = () =>
    openDialog(() => <Replay filter={filter} letters={letters} close={closeDialog} done={done} />);
  const forget = () =>
    openDialog(() => (
      <Confirm plan={forgetPlan(filter, letters)} close={closeDialog} done={done} />
    ));
  return (
    <div class="actions">
      <button
        type="button"
        class="button"
        aria-disabled={refused}
        title={whyNot}
        onClick={refused ? undefined : replay}
      >
        Replay …
      </button>
      <button
        type="button"
        class="button danger"
        aria-disabled={refused}
        title={whyNot}
        onClick={refused ? undefined : forget}
      >
        Forget …
      </button>
    </div>
  );
}

function Replay(props: {
  filter: LetterFilter;
  letters: Letters;
  close: () => void;
  done: () => void;
}) {
  const { filter, letters, close, done } = props;
  const { worker, from } = letters;
  const [to, setTo] = useState<'worker' | 'subject'>('worker');
  const [rate, setRate] = useState('');
  const perSecond = rate.trim() === '' ? undefined : Number(rate);
  // Without a limit they would all go at once: what cannot be read as one must not be taken for none.
  const wrong =
    perSecond !== undefined &&
    !(Number.isInteger(perSecond) && perSecond >= 1 && perSecond <= rateMax);
  const limit = perSecond === undefined || wrong ? {} : { rate: perSecond };
  const request: ReplayRequest = { ...filter, to, ...limit };
  const plan: Plan = {
    title: `Replay ${what(letters)}`,
    action: 'replay',
    request,
    verb: letters.count === 1 ? 'Replay it' : `Replay ${count(letters.count)}`,
    wrong,
    words: (
      <>
        <p>{scope(letters)}</p>
        <fieldset class="choices">
          <legend class="label">Send {letters.count === 1 ? 'it' : 'them'} to</legend>
          <label>
            <input
              type="radio"
              name="to"
              checked={to === 'worker'}
              onChange={() => setTo('worker')}
            />
            <span>
              <strong>{worker}</strong>, and nobody else
            </span>
          </label>
          <label>
            <input
              type="radio"
              name="to"
              checked={to === 'subject'}
              onChange={() => setTo('subject')}
            />
            <span>
              <strong>the original subject</strong>: every consumer of {from} that takes it receives
              it again
            </span>
          </label>
        </fieldset>
        <Rate text={rate} wrong={wrong} change={setRate} />
        <p class="quiet">
          Bytes, headers and id stay as they were; the attempts start anew. Each dead letter is
          removed once its message is stored again. What fails again becomes a new one.
        </p>
      </>
    ),
  };
  return <Confirm plan={plan} close={close} done={done} />;
}

function Rate(props: { text: string; wrong: boolean; change: (text: string) => void }) {
  const { text, wrong, change } = props;
  return (
    <>
      <label class="labelled">
        <span class="label">At most so many a second (empty: as fast as it goes)</span>
        <input
          class="field"
          inputMode="numeric"
          value={text}
          aria-invalid={wrong}
          aria-describedby={wrong ? 'replay-rate' : undefined}
          onInput={({ currentTarget }) => change(currentTarget.value)}
        />
      </label>
      {wrong && (
        <p id="replay-rate" class="notice warn" role="alert">
          A whole number from 1 to {count(rateMax)}, without any other sign, or nothing.
        </p>
      )}
    </>
  );
}

function forgetPlan(filter: LetterFilter, letters: Letters): Plan {
  return {
    title: `Forget ${what(letters)}`,
    action: 'forget',
    request: filter,
    verb: letters.count === 1 ? 'Delete it for good' : `Delete ${count(letters.count)} for good`,
    danger: true,
    words: (
      <>
        <p>{scope(letters)}</p>
        <p>
          The records are deleted, payloads and errors with them: nobody can look at them or send
          them back any more. What {letters.from} itself still keeps stays there.
        </p>
      </>
    ),
  };
}

function what({ count: several, worker }: Letters): string {
  return `${counted(several, 'dead letter')} of ${worker}`;
}

/** A group is what it is when the action runs, not what it was when it was looked at. */
function scope({ count: several, worker, error, from }: Letters): string {
  if (several === 1) return `One message of ${from} that ${worker} gave up on with ${error}.`;
  return `All messages of ${from} that ${worker} gave up on with ${error}: ${count(several)} now, and those that join them until it is done.`;
}

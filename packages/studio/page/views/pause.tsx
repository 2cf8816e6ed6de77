/** Pausing and resuming a consumer, or a worker with all of its consumers. */
import { useState } from 'preact/hooks';
import type { PauseRequest } from '../../src/wire.ts';
import { duration } from '../kit/format.ts';
import { Confirm, type Plan } from '../parts/dialog.tsx';
import { closeDialog, openDialog } from '../parts/dialog-place.tsx';
import { session } from '../server/session.ts';
import { useStore } from '../state/store.ts';

const spansMs = [60_000, 300_000, 3_600_000, 86_400_000];

type Target = Omit<PauseRequest, 'forMs'>;

/** The buttons, or why there are none. */
export function PauseActions(props: {
  target: Target;
  name: string;
  paused: boolean;
  done: () => void;
}) {
  const { target, name, paused, done } = props;
  const access = useStore(session, ({ session: known }) => known);
  const refused = access?.mayAct === false;
  const actions = {
    pause: () => <Pause target={target} name={name} close={closeDialog} done={done} />,
    resume: () => <Confirm plan={resumePlan(target, name)} close={closeDialog} done={done} />,
  };
  const button = (action: 'pause' | 'resume', label: string) => (
    <button
      type="button"
      class="button"
      aria-disabled={refused}
      title={refused ? (access.whyNot ?? undefined) : undefined}
      onClick={refused ? undefined : () => openDialog(actions[action])}
    >
      {label}
    </button>
  );
  return (
    <>
      {paused && button('resume', 'Resume')}
      {button('pause', paused ? 'Pause for longer' : 'Pause')}
    </>
  );
}

function Pause(props: { target: Target; name: string; close: () => void; done: () => void }) {
  const { target, name, close, done } = props;
  const [forMs, setForMs] = useState<number | null>(300_000);
  const plan: Plan = {
    title: `Pause ${name}`,
    action: 'pause',
    request: { ...target, forMs },
    verb: `Pause ${name}`,
    words: (
      <>
        <p>
          The server stops handing messages to {name}, in all of its processes. What they hold is
          handled to its end. Nothing is lost: new messages wait in {target.stream}, and the lag
          grows.
        </p>
        <label class="labelled">
          <span class="label">For how long</span>
          <select
            class="field"
            value={forMs === null ? '' : String(forMs)}
            onChange={({ currentTarget: { value } }) =>
              setForMs(value === '' ? null : Number(value))
            }
          >
            {spansMs.map((ms) => (
              <option key={ms} value={String(ms)}>
                {duration(ms)}
              </option>
            ))}
            <option value="">until it is resumed</option>
          </select>
        </label>
      </>
    ),
  };
  return <Confirm plan={plan} close={close} done={done} />;
}

function resumePlan(target: Target, name: string): Plan {
  return {
    title: `Resume ${name}`,
    action: 'resume',
    request: target,
    verb: `Resume ${name}`,
    words: (
      <p>
        The server hands messages to {name} again, beginning with those that waited. Its processes
        need nothing done.
      </p>
    ),
  };
}

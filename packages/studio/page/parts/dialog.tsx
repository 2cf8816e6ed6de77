/** Dialogs: one that says something, and one that asks before it acts and then says what happened. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ActionAnswer } from '../../src/wire.ts';
import { count } from '../kit/format.ts';
import { type ActionName, act, Refusal } from '../server/api.ts';

/** A dialog in front of everything else. Escape and its buttons close it; the focus goes back to where it was. */
export function Dialog(props: {
  title: string;
  close: () => void;
  /** While this is true it stays. */
  busy?: boolean;
  children: ComponentChildren;
}) {
  const { title, close, busy = false, children } = props;
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      // While it is open, nothing behind it takes the focus.
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!busy) close();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

/** An action that waits to be confirmed. */
export interface Plan {
  readonly title: string;
  readonly action: ActionName;
  readonly request: object;
  /** The button: a verb and what it acts on. */
  readonly verb: string;
  /** Cannot be taken back. */
  readonly danger?: boolean;
  /** Something that was entered is wrong, which `words` say: until it is mended nothing can be confirmed. */
  readonly wrong?: boolean;
  /** Exactly what will happen. */
  readonly words: ComponentChildren;
}

type Progress =
  | { readonly step: 'asked' | 'running' }
  | { readonly step: 'done'; readonly answer: ActionAnswer }
  | { readonly step: 'failed'; readonly words: string };

/** Says what a plan will do, does it when told so, and shows what came of it. */
export function Confirm(props: { plan: Plan; close: () => void; done?: () => void }) {
  const { plan, close, done } = props;
  const [progress, setProgress] = useState<Progress>({ step: 'asked' });
  const confirm = async () => {
    setProgress({ step: 'running' });
    try {
      setProgress({ step: 'done', answer: await act(plan.action, plan.request) });
    } catch (error) {
      const words = error instanceof Refusal ? error.message : String(error);
      setProgress({ step: 'failed', words });
    }
    done?.();
  };
  const { step } = progress;
  const over = step === 'done' || step === 'failed';
  return (
    <Dialog title={plan.title} close={close} busy={step === 'running'}>
      {!over && <div class="plan">{plan.words}</div>}
      <div role="status">
        {step === 'running' && <p class="quiet">Under way …</p>}
        {progress.step === 'done' && <Result answer={progress.answer} />}
        {progress.step === 'failed' && <p class="notice alarm">{progress.words}</p>}
      </div>
      <div class="answers">
        <Answers
          over={over}
          running={step === 'running'}
          plan={plan}
          close={close}
          confirm={confirm}
        />
      </div>
    </Dialog>
  );
}

function Answers(props: {
  over: boolean;
  running: boolean;
  plan: Plan;
  close: () => void;
  confirm: () => void;
}) {
  const { over, running, plan, close, confirm } = props;
  const button = useRef<HTMLButtonElement>(null);
  // Once it is over, the button that had the focus is gone.
  useEffect(() => {
    if (over) button.current?.focus();
  }, [over]);
  if (over) {
    return (
      <button ref={button} type="button" class="button main" onClick={close}>
        Close
      </button>
    );
  }
  return (
    <>
      <button type="button" class="button" disabled={running} onClick={close}>
        Cancel
      </button>
      <button
        type="button"
        class={`button ${plan.danger ? 'danger' : 'main'}`}
        disabled={running || plan.wrong}
        onClick={confirm}
      >
        {plan.verb}
      </button>
    </>
  );
}

function Result({ answer }: { answer: ActionAnswer }) {
  const { words, count: acted, skipped } = answer;
  return (
    <div class={`notice ${skipped.length > 0 || acted === 0 ? 'warn' : 'ok'}`}>
      <div>
        <p>{words}</p>
        {skipped.length > 0 && (
          <>
            <p>Left where they are:</p>
            <ul class="skipped">
              {skipped.map(({ seq, why }) => (
                <li key={seq}>
                  {count(seq)}: {why}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}

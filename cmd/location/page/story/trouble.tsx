/** One thing that was broken, and what came of it. */
import { duration } from '@jetlane/studio/kit/format';
import type { TroubleShown } from '../figures.ts';
import { mendWords, titleOf } from './offers.ts';

/** A line of the list. */
export function Trouble({
  trouble,
  able,
  mend,
}: {
  readonly trouble: TroubleShown;
  readonly able: boolean;
  readonly mend: () => void;
}) {
  const { phase, words, mendable } = trouble;
  return (
    <li class={`trouble ${phase}`} data-id={trouble.id} data-phase={phase}>
      <p class="what">
        <strong>{titleOf(trouble)}</strong>{' '}
        <span class={`pill ${pillOf(trouble)}`}>{now(trouble)}</span>
        {mendable ? (
          <button type="button" class="button" disabled={!able} onClick={mend}>
            {mendWords(trouble)}
          </button>
        ) : null}
      </p>
      <p class="words">{words}.</p>
    </li>
  );
}

const PILLS = { on: 'alarm', recovering: 'warn', over: 'ok' } as const;

/** A second process is none of the things that are wrong. */
function pillOf({ phase, kind }: TroubleShown): string {
  return phase === 'on' && kind === 'add' ? 'accent' : PILLS[phase];
}

function now({ phase, leftMs, kind }: TroubleShown): string {
  if (phase === 'over') return 'over';
  if (phase === 'recovering') return 'catching up';
  if (leftMs !== null) return `${duration(Math.ceil(leftMs / 1000) * 1000)} left`;
  return kind === 'add' ? 'running' : 'now';
}

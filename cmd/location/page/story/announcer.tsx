/** Says what became of a trouble to who does not see it: when its phase changes, and at a calm pace. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StoryAnswer, TroubleShown } from '../figures.ts';
import { titleOf } from './offers.ts';

/** Between two announcements; of several that wait, the last of each trouble is said. */
const PACE_MS = 4000;

/** A polite live region. */
export function Announcer({
  troubles,
  answer,
}: {
  readonly troubles: readonly TroubleShown[];
  readonly answer: StoryAnswer | undefined;
}) {
  const [said, setSaid] = useState('');
  const phases = useRef(new Map<number, TroubleShown['phase']>());
  const waiting = useRef(new Map<number, string>());
  useEffect(() => {
    const timer = setInterval(() => {
      const [next] = waiting.current;
      if (!next) return;
      waiting.current.delete(next[0]);
      setSaid(next[1]);
    }, PACE_MS);
    return () => clearInterval(timer);
  }, []);
  const news = useRef(false);
  useEffect(() => {
    for (const trouble of troubles) {
      const { id, phase, words } = trouble;
      if (phases.current.get(id) === phase) continue;
      phases.current.set(id, phase);
      if (news.current) waiting.current.set(id, `${titleOf(trouble)}, ${PHASES[phase]}: ${words}.`);
    }
    news.current = true; // what was there when the page came is none
    const shown = new Set(troubles.map(({ id }) => id));
    for (const id of phases.current.keys()) if (!shown.has(id)) phases.current.delete(id);
  }, [troubles]);
  useEffect(() => {
    if (answer && !answer.ok) waiting.current.set(0, `not done: ${answer.words}`);
  }, [answer]);
  return (
    <p class="unseen" role="status">
      {said}
    </p>
  );
}

const PHASES = { on: 'begun', recovering: 'catching up', over: 'over' } as const;

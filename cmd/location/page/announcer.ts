/** Says how the city is, to those who do not see it: at a calm pace, and only when it is another than before. */
import { count, counted } from '@jetlane/studio/kit/format';
import type { Model } from './ui/model.ts';
import { noticeOf } from './ui/notice.tsx';

const EVERY_MS = 20_000;

/** Makes what puts sentences into a live region. To be called as often as one likes. */
export function announcer(place: HTMLElement): (model: Model) => void {
  let saidMs = Number.NEGATIVE_INFINITY;
  let phase = '';
  return (model) => {
    const changed = model.link.phase !== phase && model.link.phase !== 'connecting';
    if (!changed && model.nowMs - saidMs < EVERY_MS) return;
    const words = sentence(model);
    if (model.link.phase !== 'connecting') phase = model.link.phase;
    saidMs = model.nowMs;
    if (place.textContent !== words) place.textContent = words;
  };
}

/** One sentence about everything in view. */
function sentence(model: Model): string {
  const notice = noticeOf(model);
  if (model.link.phase !== 'live') return notice?.words ?? '';
  const { drivers, rides, waiting, flagged, surging, scope } = model;
  const parts = [
    `${counted(drivers, 'driver')} in view${scope?.aggregated ? ', counted by cell' : ''}`,
    ...(scope?.aggregated ? [] : [`${counted(rides, 'ride')}, ${count(waiting)} waiting`]),
    `${counted(flagged, 'driver')} caught by fraud`,
    `surge in ${counted(surging, 'cell')}`,
  ];
  return `${notice ? `${notice.words} ` : ''}${parts.join('; ')}.`;
}

/** What the page has to say about itself: that it waits, is cut off, is behind, is old, or that nobody drives. */
import { count, duration } from '@jetlane/studio/kit/format';
import type { Actions, Model } from './model.ts';

/** A sentence and what one can do about it. */
export interface NoticeText {
  readonly kind: '' | 'warn' | 'alarm';
  readonly words: string;
  readonly act?: 'tryNow' | 'reload' | 'showAll';
}

/** The most important of what there is to say; undefined when all is well. Pure. */
export function noticeOf(model: Model): NoticeText | undefined {
  const { link, begun, scope, behindMs, outdated, drivers, whole } = model;
  if (link.phase === 'impossible') {
    return { kind: 'alarm', words: `The city can not be heard here: ${link.reason}.` };
  }
  if (link.phase === 'waiting') return { kind: 'alarm', words: cutWords(model), act: 'tryNow' };
  if (link.phase === 'connecting') {
    if (link.attempt > 1) return { kind: 'warn', words: 'Connecting to the city again…' };
    return begun ? undefined : { kind: '', words: 'Connecting to the city…' };
  }
  if (outdated) {
    const words = 'This page is older than the city that it shows. Some of it may not fit.';
    return { kind: 'warn', words, act: 'reload' };
  }
  if (behindMs !== undefined) {
    const words = `This page reads more slowly than the city speaks: it shows fewer updates, and missed ${duration(behindMs)}. Nobody else waits for it.`;
    return { kind: 'warn', words };
  }
  if (model.stall) return { kind: 'warn', words: stallWords(model.stall) };
  if (scope?.words !== undefined) return { kind: '', words: `${capital(scope.words)}.` };
  if (drivers > 0 || !scope) return undefined;
  if (whole)
    return { kind: '', words: 'No driver is on the map. Each appears with its next report.' };
  return { kind: '', words: 'Nobody drives in this part of the city.', act: 'showAll' };
}

function cutWords({ link, nowMs }: Model): string {
  if (link.phase !== 'waiting') return '';
  const seconds = Math.max(0, Math.ceil((link.untilMs - nowMs) / 1000));
  const why =
    link.reason === ''
      ? 'No connection to the city.'
      : `The city closed the connection: ${link.reason}.`;
  const when = seconds === 0 ? 'now' : `in ${seconds} s`;
  return `${why} What you see stands still. Trying again ${when} (attempt ${link.attempt + 1}).`;
}

/** Why the drivers stand, and what is done about it, by what the demo knows. */
function stallWords({
  where,
  forMs,
  answers,
  copies,
  waiting,
}: NonNullable<Model['stall']>): string {
  const span = duration(Math.floor(forMs / 1000) * 1000);
  if (where === 'map') {
    return `No positions on the map for ${span}, though the stream stores them: it gets them all, late.`;
  }
  const why = answers
    ? 'the stream does not confirm them'
    : copies > 1
      ? 'no server answers as the leader of the stream, and those with a copy elect another, as a rule within 4 to 9 s'
      : 'nats-server does not answer';
  const wait = waiting === 1 ? 'report waits and is' : 'reports wait and are';
  return `No positions for ${span}: ${why}. ${count(waiting)} ${wait} sent again until stored.`;
}

const ACTS = { tryNow: 'Try now', reload: 'Reload', showAll: 'Show the whole city' } as const;

/** The notice on the page. */
export function Notice({ model, actions }: { readonly model: Model; readonly actions: Actions }) {
  const notice = noticeOf(model);
  return (
    <div id="notice" class="notices">
      {notice && (
        <div class={`notice ${notice.kind}`}>
          <p>{notice.words}</p>
          {notice.act && (
            <button type="button" class="button" onClick={actions[notice.act]}>
              {ACTS[notice.act]}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

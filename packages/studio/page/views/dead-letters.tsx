/** Dead letters by worker and error; those of one group; one of them. */
import { useState } from 'preact/hooks';
import type {
  DeadLetterStream,
  DeadLettersAnswer,
  LetterGroup,
  LetterRow,
  LettersAnswer,
} from '../../src/wire.ts';
import { ago, compactCount, count, counted, dateAndTime } from '../kit/format.ts';
import { Pill } from '../parts/figures.tsx';
import { Gaps, Loading, NoneSeen, Nothing, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { useAnswer } from '../state/answer.ts';
import { useNowMs } from '../state/clock.ts';
import { feed, serverNowMs } from '../state/feed.ts';
import { route } from '../state/place.ts';
import { useStore } from '../state/store.ts';
import { Crumbs } from './crumbs.tsx';
import { LetterDetails } from './letter.tsx';
import { LetterActions, NoActions } from './letter-actions.tsx';

const askEveryMs = 3000;
const lettersMax = 50;

/** `#/dead-letters`, `#/dead-letters/DLQ`, with `?worker=…` one group, `#/dead-letters/DLQ/SEQ` */
export function DeadLetters({ path: [place, seq] }: { path: readonly string[] }) {
  const { query } = useStore(route);
  const streams = useStore(feed, ({ snapshot }) => snapshot?.deadLetters);
  if (!streams) return <Loading what="dead letters" />;
  const stream = place ?? (streams.find((one) => one.count > 0) ?? streams[0])?.name;
  if (stream === undefined) return <NoStreamOfLetters />;
  if (seq !== undefined) return <LetterDetails key={seq} stream={stream} seq={seq} />;
  if (query['worker'] !== undefined) {
    return <Group key={JSON.stringify(query)} stream={stream} query={query} />;
  }
  return <Groups stream={stream} streams={streams} />;
}

function NoStreamOfLetters() {
  const gaps = useStore(feed, ({ snapshot }) => snapshot?.gaps) ?? [];
  if (gaps.length === 0) return <NoLetters />;
  return (
    <>
      <Gaps gaps={gaps} />
      <NoneSeen what="dead letters" />
    </>
  );
}

function NoLetters() {
  return (
    <Nothing title="No dead letters">
      <p>
        Nothing was given up on. A message that fails for good, or cannot be read, is kept here with
        its error, so that it can be looked at and sent back.
      </p>
    </Nothing>
  );
}

function Groups(props: { stream: string; streams: readonly DeadLetterStream[] }) {
  const { stream, streams } = props;
  const { value, problem, loading, reload } = useAnswer<DeadLettersAnswer>(
    'api/dead-letters',
    { in: stream },
    askEveryMs,
  );
  return (
    <>
      <h1 class="unseen">Dead letters</h1>
      {streams.length > 1 && <StreamTabs streams={streams} here={stream} />}
      <NoActions />
      <Problem problem={problem} retry={reload} />
      <Gaps gaps={value?.gaps ?? []} />
      {loading && <Loading what="dead letters" />}
      {value && !value.complete && value.gaps.length === 0 && (
        <p class="notice warn">
          There are more than these: the oldest {count(value.looked)} were looked at. What is done
          to a group is done to all of it.
        </p>
      )}
      {value?.groups.length === 0 && value.gaps.length === 0 && <NoLetters />}
      {value?.groups.map((group) => (
        <GroupPanel
          key={JSON.stringify(filterOf(group))}
          stream={stream}
          group={group}
          complete={value.complete}
          done={reload}
        />
      ))}
    </>
  );
}

function StreamTabs(props: { streams: readonly DeadLetterStream[]; here: string }) {
  return (
    <nav class="tabs" aria-label="Streams of dead letters">
      {props.streams.map(({ name, count: kept, exact }) => (
        <a
          key={name}
          href={hashOf('dead-letters', [name])}
          aria-current={name === props.here ? 'page' : undefined}
        >
          {name} <Pill tone={kept > 0 ? 'alarm' : ''}>{exact ? kept : `≤ ${kept}`}</Pill>
        </a>
      ))}
    </nav>
  );
}

function GroupPanel(props: {
  stream: string;
  group: LetterGroup;
  complete: boolean;
  done: () => void;
}) {
  const { stream, group, complete, done } = props;
  const { worker, reason, errorCode, error, samples, newestMs, oldestMs } = group;
  const nowMs = serverNowMs(feed.get(), useNowMs());
  const href = hashOf('dead-letters', [stream], filterOf(group));
  const filter = { in: stream, ...filterOf(group) };
  return (
    <section class="panel padded group">
      <div class="section-head">
        <h2>
          <a href={href} data-row>
            {complete ? '' : 'at least '}
            {counted(group.count, 'message')} of {worker}
          </a>
        </h2>
        <Pill tone="alarm">{errorCode || 'no code'}</Pill>
        <Pill>{reason}</Pill>
        <span class="quiet">
          newest {ago(nowMs - newestMs)}
          {group.count > 1 && `, oldest ${ago(nowMs - oldestMs)}`}
        </span>
        <LetterActions
          filter={filter}
          letters={{ count: group.count, worker, from: group.stream, error: errorCode || reason }}
          done={done}
        />
      </div>
      <p class="error-words">{error}</p>
      <LetterTable caption={`Samples of ${worker}`} stream={stream} letters={samples} />
      {group.count > samples.length && (
        <a href={href}>{complete ? `All ${count(group.count)}` : 'All of them'}</a>
      )}
    </section>
  );
}

/** What tells this group from the others. */
function filterOf({ stream, worker, reason, errorCode }: LetterGroup) {
  return { stream, worker, reason, errorCode };
}

/** All letters of one group, a page at a time, oldest first. */
function Group(props: { stream: string; query: Readonly<Record<string, string>> }) {
  const { stream, query } = props;
  const { worker = '', reason, errorCode, stream: from } = query;
  // Where each page that was left began, so that one can go back.
  const [begun, setBegun] = useState<readonly number[]>([]);
  const filter = { worker, reason, errorCode, stream: from };
  const { value, problem, loading, reload } = useAnswer<LettersAnswer>('api/letters', {
    in: stream,
    ...filter,
    after: begun.at(-1),
    limit: lettersMax,
  });
  const next = value?.next ?? null;
  return (
    <>
      <Crumbs
        places={[['Dead letters', hashOf('dead-letters', [stream])]]}
        here={`${worker}: ${errorCode || reason || 'all'}`}
      />
      <Problem problem={problem} retry={reload} />
      {loading && <Loading what="dead letters" />}
      {value?.letters.length === 0 && (
        <Nothing title="None of these are left">
          <p>They were sent back or deleted.</p>
        </Nothing>
      )}
      {value && value.letters.length > 0 && (
        <section class="panel">
          <LetterTable
            caption={`Dead letters of ${worker}`}
            stream={stream}
            letters={value.letters}
          />
        </section>
      )}
      {(begun.length > 0 || next !== null) && (
        <nav class="pager" aria-label="Pages of this list">
          <button
            type="button"
            class="button"
            data-older
            disabled={begun.length === 0}
            onClick={() => setBegun((before) => before.slice(0, -1))}
          >
            Earlier
          </button>
          <button
            type="button"
            class="button"
            data-newer
            disabled={next === null}
            onClick={() => next !== null && setBegun((before) => [...before, next])}
          >
            Later
          </button>
        </nav>
      )}
    </>
  );
}

function LetterTable(props: { caption: string; stream: string; letters: readonly LetterRow[] }) {
  const { caption, stream, letters } = props;
  return (
    <table class="table cards letters">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Letter</th>
          <th scope="col">Buried</th>
          <th scope="col">Subject</th>
          <th scope="col" class="number">
            Attempts
          </th>
          <th scope="col">Error</th>
          <th scope="col">Payload</th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <tr key={letter.seq}>
            <th scope="row">
              <a data-row href={hashOf('dead-letters', [stream, letter.seq])}>
                <span class="card-word">Letter </span>
                {count(letter.seq)}
              </a>
            </th>
            <td class="time">
              <span class="cell-label">Buried</span>
              {dateAndTime(letter.buriedMs).slice(0, 19)}
            </td>
            <td class="subjects">
              <span class="cell-label">Subject</span>
              {letter.subject}
            </td>
            <td class="number">
              <span class="cell-label">Attempts</span>
              {compactCount(letter.attempts)}
              {letter.replays > 0 && <span class="quiet"> replayed {letter.replays}×</span>}
            </td>
            <td class="clip">
              <span class="cell-label">Error</span>
              {letter.error}
            </td>
            <td class="clip code">
              <span class="cell-label">Payload</span>
              {letter.preview}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The messages of a stream: by subject, sequence or time; newer and older; one of them in full. */
import type { Gap, MessageRow, MessagesAnswer } from '../../src/wire.ts';
import { bytes, count, dateAndTime, timeOfDay } from '../kit/format.ts';
import { Commands } from '../parts/commands.tsx';
import { Gaps, Loading, Nothing, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { useAnswer } from '../state/answer.ts';
import { isInternal } from '../state/arrange.ts';
import { feed } from '../state/feed.ts';
import { route, setQuery } from '../state/place.ts';
import { useStore } from '../state/store.ts';
import { MessageDetails } from './message.tsx';
import { MessageSearch } from './message-search.tsx';

const messagesMax = 50;
const followEveryMs = 1500;

/** `#/messages`, `#/messages/STREAM?subject&seq&time&direction`, `#/messages/STREAM/SEQ?…` */
export function Messages({ path: [stream, seq] }: { path: readonly string[] }) {
  const snapshot = useStore(feed, (known) => known.snapshot);
  const { query } = useStore(route);
  const names = (snapshot?.streams ?? []).filter((one) => !isInternal(one)).map(({ name }) => name);
  if (stream === undefined && !snapshot) return <Loading what="streams" />;
  return (
    <>
      <h1 class="unseen">Messages{stream ? ` of ${stream}` : ''}</h1>
      <MessageSearch
        key={`${stream} ${query['subject']}`}
        stream={stream}
        names={names}
        query={query}
      />
      {stream === undefined ? (
        <ChooseStream names={names} gaps={snapshot?.gaps ?? []} />
      ) : (
        <div class={`browser ${seq === undefined ? '' : 'open'}`}>
          <List stream={stream} query={query} open={seq} />
          {seq !== undefined && (
            <MessageDetails key={`${stream} ${seq}`} stream={stream} seq={seq} query={query} />
          )}
        </div>
      )}
    </>
  );
}

function ChooseStream({ names, gaps }: { names: readonly string[]; gaps: readonly Gap[] }) {
  if (names.length === 0 && gaps.length > 0) {
    return (
      <>
        <Gaps gaps={gaps} />
        <Nothing title="Which streams there are is not known here">
          <p>If you know the name of one, enter it above.</p>
        </Nothing>
      </>
    );
  }
  if (names.length === 0) {
    return (
      <Nothing title="There is nothing to browse yet">
        <p>Messages are found in streams, and this server has none.</p>
      </Nothing>
    );
  }
  return (
    <section class="panel padded">
      <h2>Whose messages?</h2>
      <ul class="choose">
        {names.map((name) => (
          <li key={name}>
            <a data-row href={hashOf('messages', [name])}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function List(props: {
  stream: string;
  query: Readonly<Record<string, string>>;
  open: string | undefined;
}) {
  const { stream, query, open } = props;
  const { subject, seq, time, follow } = query;
  // A place to begin at is shown with what came after it; without one, the newest.
  const direction = query['direction'] ?? (seq || time ? 'newer' : 'older');
  const newest = !seq && !time && direction === 'older';
  const following = newest && follow === 'yes';
  const { value, problem, loading, reload } = useAnswer<MessagesAnswer>(
    'api/messages',
    { stream, subject, seq, time, direction, limit: messagesMax },
    following ? followEveryMs : undefined,
  );
  return (
    <section class="panel list" aria-label={`Messages of ${stream}`}>
      <Steps answer={value} newest={newest} following={following} reload={reload} />
      <Problem problem={problem} retry={reload} />
      {loading && <Loading what="messages" />}
      {value?.cutShort && <p class="notice warn">{value.cutShort}</p>}
      {value && value.messages.length === 0 && !value.cutShort && (
        <Nothing title="No message here">
          <p>
            {value.lastSeq === 0
              ? `Nothing was ever stored in ${stream}.`
              : 'Nothing matches from this place on.'}
          </p>
        </Nothing>
      )}
      {value && value.messages.length > 0 && (
        <ol class="messages">
          {value.messages.map((message) => (
            <Row
              key={message.seq}
              message={message}
              query={query}
              open={open === String(message.seq)}
            />
          ))}
        </ol>
      )}
      {value && (
        <details class="padded">
          <summary>From the terminal</summary>
          <Commands commands={value.commands} />
        </details>
      )}
    </section>
  );
}

function Steps(props: {
  answer: MessagesAnswer | null;
  newest: boolean;
  following: boolean;
  reload: () => void;
}) {
  const { answer, newest, following, reload } = props;
  const begin = { time: null, follow: null };
  return (
    <div class="steps">
      <button
        type="button"
        class="button"
        data-older
        disabled={answer?.older == null}
        onClick={() => setQuery({ ...begin, seq: answer?.older, direction: 'older' })}
      >
        Older
      </button>
      <button
        type="button"
        class="button"
        data-newer
        disabled={!answer}
        onClick={() =>
          newest ? reload() : setQuery({ ...begin, seq: answer?.newer, direction: 'newer' })
        }
      >
        Newer
      </button>
      <button
        type="button"
        class="button"
        disabled={newest}
        onClick={() => setQuery({ ...begin, seq: null, direction: null })}
      >
        Newest
      </button>
      <button
        type="button"
        class="button"
        aria-pressed={following}
        onClick={() =>
          setQuery({ time: null, seq: null, direction: null, follow: following ? null : 'yes' })
        }
      >
        Follow
      </button>
      {answer && answer.lastSeq > 0 && (
        <span class="quiet">
          {count(answer.firstSeq)} to {count(answer.lastSeq)} are kept
        </span>
      )}
    </div>
  );
}

function Row(props: {
  message: MessageRow;
  query: Readonly<Record<string, string>>;
  open: boolean;
}) {
  const { message, query, open } = props;
  const { stream, seq, timeMs, subject, type, bytes: size, preview } = message;
  return (
    <li>
      <a
        data-row
        href={hashOf('messages', [stream, seq], query)}
        aria-current={open ? 'true' : undefined}
      >
        <span class="seq">{count(seq)}</span>
        <time title={dateAndTime(timeMs)}>{timeOfDay(timeMs)}</time>
        <span class="subject">{subject}</span>
        {type !== null && <span class="type">{type}</span>}
        <span class="size quiet">{bytes(size)}</span>
        <span class="preview">{preview}</span>
      </a>
    </li>
  );
}

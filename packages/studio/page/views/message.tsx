/** One message: where it stands, its headers, its body, and how to get it from a terminal. */
import type { MessageDetail } from '../../src/wire.ts';
import { ago, bytes, count, dateAndTime } from '../kit/format.ts';
import { Body, Headers } from '../parts/body.tsx';
import { Commands } from '../parts/commands.tsx';
import { Facts } from '../parts/figures.tsx';
import { Loading, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { useAnswer } from '../state/answer.ts';
import { feed, serverNowMs } from '../state/feed.ts';

/** `#/messages/STREAM/SEQ?…`; `query` is what the list beside it shows. */
export function MessageDetails(props: {
  stream: string;
  seq: string;
  query: Readonly<Record<string, string>>;
}) {
  const { stream, seq, query } = props;
  const { value, problem, loading, reload } = useAnswer<MessageDetail>('api/message', {
    stream,
    seq,
  });
  return (
    <section class="panel padded message" aria-label={`Message ${seq} of ${stream}`}>
      <div class="section-head">
        <h2>
          {stream} {count(Number(seq))}
        </h2>
        <Neighbour detail={value} to="previous" query={query} />
        <Neighbour detail={value} to="next" query={query} />
        <a class="button" href={hashOf('messages', [stream], query)}>
          Close
        </a>
      </div>
      <Problem problem={problem} retry={reload} />
      {loading && <Loading what="the message" />}
      {value && <Content detail={value} />}
    </section>
  );
}

function Neighbour(props: {
  detail: MessageDetail | null;
  to: 'previous' | 'next';
  query: Readonly<Record<string, string>>;
}) {
  const { detail, to, query } = props;
  const seq = detail?.[to] ?? null;
  const label = to === 'previous' ? 'Previous' : 'Next';
  if (!detail || seq === null) {
    return (
      <button type="button" class="button" disabled>
        {label}
      </button>
    );
  }
  return (
    <a class="button" href={hashOf('messages', [detail.row.stream, seq], query)}>
      {label}
    </a>
  );
}

function Content({ detail }: { detail: MessageDetail }) {
  const { row, subject, headers, headersCut, contentType, body, commands } = detail;
  const age = ago(serverNowMs(feed.get(), Date.now()) - row.timeMs);
  return (
    <>
      <Facts
        rows={[
          ['subject', <code key="subject">{subject}</code>],
          ['stored', `${dateAndTime(row.timeMs)}, ${age}`],
          ['type', row.type ?? 'not said'],
          ['id', <code key="id">{row.id ?? '–'}</code>],
          ['payload', `${bytes(row.bytes)}${contentType ? ` of ${contentType}` : ''}`],
        ]}
      />
      <Body body={body} />
      <Headers headers={headers} cut={headersCut} />
      <section aria-label="From the terminal">
        <h3>From the terminal</h3>
        <Commands commands={commands} />
      </section>
    </>
  );
}

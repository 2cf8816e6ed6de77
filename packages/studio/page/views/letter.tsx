/** One dead letter: what failed, how often, why, and the message as it was. */
import type { LetterDetail } from '../../src/wire.ts';
import { bytes, count, dateAndTime } from '../kit/format.ts';
import { Body, Headers } from '../parts/body.tsx';
import { Facts, Pill } from '../parts/figures.tsx';
import { TerminalPanel } from '../parts/server-panels.tsx';
import { Loading, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { useAnswer } from '../state/answer.ts';
import { Crumbs } from './crumbs.tsx';
import { LetterActions, NoActions } from './letter-actions.tsx';

/** `#/dead-letters/DLQ/SEQ` */
export function LetterDetails({ stream, seq }: { stream: string; seq: string }) {
  const { value, problem, loading, reload } = useAnswer<LetterDetail>('api/letter', {
    in: stream,
    seq,
  });
  return (
    <>
      <Crumbs
        places={[['Dead letters', hashOf('dead-letters', [stream])]]}
        here={`${stream} ${seq}`}
      >
        {value && (
          <LetterActions
            filter={{ in: stream, seq: value.row.seq }}
            letters={{
              count: 1,
              worker: value.row.worker,
              from: value.row.stream,
              error: value.row.errorCode || value.row.reason,
            }}
            done={reload}
          />
        )}
      </Crumbs>
      <NoActions />
      <Problem problem={problem} retry={reload} />
      {loading && <Loading what="the dead letter" />}
      {value && <Content detail={value} />}
    </>
  );
}

function Content({ detail }: { detail: LetterDetail }) {
  const { row, timeMs, headers, headersCut, body, truncatedBytes, commands } = detail;
  return (
    <>
      <section class="panel padded">
        <div class="section-head">
          <h2>{row.error || 'No words came with the error'}</h2>
          <Pill tone="alarm">{row.errorCode || 'no code'}</Pill>
          <Pill>{row.reason}</Pill>
        </div>
        <Facts
          rows={[
            [
              'given up on by',
              <a key="w" href={hashOf('workers', [row.worker])}>
                {row.worker}
              </a>,
            ],
            [
              'after',
              `${count(row.attempts)} attempts${row.replays > 0 ? `, replayed ${row.replays} times before` : ''}`,
            ],
            ['error', row.errorName || '–'],
            ['buried', dateAndTime(row.buriedMs)],
            [
              'message',
              <a key="m" href={hashOf('messages', [row.stream, row.streamSeq])}>
                {row.stream} {count(row.streamSeq)}
              </a>,
            ],
            ['stored', dateAndTime(timeMs)],
            ['subject', <code key="s">{row.subject}</code>],
            ['type', row.type ?? '–'],
            ['id', <code key="i">{row.id ?? '–'}</code>],
            ['size', bytes(row.bytes)],
          ]}
        />
      </section>
      {truncatedBytes !== null && (
        <p class="notice warn">
          The payload of {bytes(truncatedBytes)} did not fit into the record. The stream{' '}
          {row.stream} has it for as long as it keeps the message.
        </p>
      )}
      <section class="panel padded message">
        <Body body={body} />
        <Headers headers={headers} cut={headersCut} />
      </section>
      <TerminalPanel commands={commands} />
    </>
  );
}

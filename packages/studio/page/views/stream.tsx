/** One stream: what it holds, how it is configured, who consumes it. */
import type { ConsumerRow, Page, StreamDetail, StreamRow } from '../../src/wire.ts';
import { ago, bytes, count, duration, rate } from '../kit/format.ts';
import {
  deliveredColumn,
  lagColumn,
  redeliveredColumn,
  settledColumn,
  unackedColumn,
} from '../parts/consumer-columns.tsx';
import { CapBar, Facts, Pill, Tile } from '../parts/figures.tsx';
import { Pager } from '../parts/pager.tsx';
import { ConfigurationPanel, TerminalPanel } from '../parts/server-panels.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Gaps, Loading, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { useAnswer } from '../state/answer.ts';
import { useNowMs } from '../state/clock.ts';
import { feed, serverNowMs } from '../state/feed.ts';
import { route, setQuery } from '../state/place.ts';
import { useStore } from '../state/store.ts';
import { ConsumerState, consumerTitle } from './consumer-state.tsx';
import { Crumbs } from './crumbs.tsx';

const askEveryMs = 3000;
const consumersMax = 100;

/** `#/streams/STREAM` */
export function StreamDetails({ name }: { name: string }) {
  const { value, problem, loading, reload } = useAnswer<StreamDetail>(
    'api/stream',
    { stream: name },
    askEveryMs,
  );
  return (
    <>
      <Crumbs places={[['Streams', hashOf('streams')]]} here={name}>
        {value && <Pill>{value.stream.kind === 'stream' ? 'stream' : value.stream.kind}</Pill>}
        {(value || !problem) && (
          <a class="button" href={hashOf('messages', [name])}>
            Browse its messages
          </a>
        )}
      </Crumbs>
      <Problem problem={problem} retry={reload} />
      {loading && <Loading what={name} />}
      {value && <Content detail={value} />}
    </>
  );
}

function Content({ detail }: { detail: StreamDetail }) {
  const { messages, configText, commands } = detail;
  const { name } = detail.stream;
  // Rates are known where samples are taken all the time; those of a snapshot are also newer.
  const sampled = useStore(feed, ({ snapshot }) =>
    snapshot?.streams.find((one) => one.name === name),
  );
  const stream = sampled ?? detail.stream;
  return (
    <>
      {stream.copiesProblem !== null && <p class="notice alarm">{stream.copiesProblem}</p>}
      <StreamTiles stream={stream} />
      <Consumers stream={stream} />
      <div class="halves">
        <section class="panel padded" aria-labelledby="types">
          <h2 id="types">Declared messages</h2>
          {messages.length === 0 && (
            <p class="quiet">No app that this studio knows declares messages on it.</p>
          )}
          <Facts
            rows={messages.map(({ type, version, subject, handledBy }) => [
              `${type} v${version}`,
              <span key={type}>
                <code>{subject}</code>{' '}
                <span class="quiet">
                  {handledBy.length > 0 ? `→ ${handledBy.join(', ')}` : 'nobody handles it'}
                </span>
              </span>,
            ])}
          />
        </section>
        <ConfigurationPanel text={configText} />
      </div>
      <TerminalPanel commands={commands} />
    </>
  );
}

function StreamTiles({ stream }: { stream: StreamRow }) {
  const nowMs = serverNowMs(feed.get(), useNowMs());
  const { messages, maxMessages, bytes: size, maxBytes, maxAgeMs, firstMs, lastMs } = stream;
  return (
    <dl class="tiles">
      <Tile label="Stored" value={rate(stream.storedPerSec)}>
        {stream.bytesPerSec === null ? '' : `${bytes(stream.bytesPerSec)}/s`}
      </Tile>
      <Tile label="Messages" value={count(messages)}>
        {maxMessages === null ? (
          'no limit'
        ) : (
          <CapBar used={messages} cap={maxMessages} what="Messages" />
        )}
      </Tile>
      <Tile label="Size" value={bytes(size)}>
        {maxBytes === null ? 'no limit' : `of ${bytes(maxBytes)}`}
      </Tile>
      <Tile label="Sequences" value={`${count(stream.firstSeq)} – ${count(stream.lastSeq)}`}>
        {stream.subjectCount === null ? '' : `${count(stream.subjectCount)} subjects`}
      </Tile>
      <Tile label="Newest" value={lastMs === null ? '–' : ago(nowMs - lastMs)}>
        {firstMs === null ? 'nothing stored' : `oldest ${ago(nowMs - firstMs)}`}
      </Tile>
      <Tile label="Kept" value={maxAgeMs === null ? 'for good' : duration(maxAgeMs)}>
        {stream.retention}, {stream.storage}
        {stream.replicas > 1 ? `, ${stream.replicas} copies` : ', one copy'}
        {stream.replicas > 1 && stream.leader ? `, leader ${stream.leader}` : ''}
      </Tile>
    </dl>
  );
}

const columns: readonly Column<ConsumerRow>[] = [
  {
    id: 'name',
    label: 'Consumer',
    heading: true,
    sortBy: ({ name }) => name,
    cell: (consumer) => (
      <a data-row href={hashOf('streams', [consumer.stream, consumer.name])}>
        {consumerTitle(consumer)}
      </a>
    ),
  },
  {
    id: 'filters',
    label: 'Takes',
    cell: ({ filters }) => <span class="subjects">{filters.join('  ') || 'everything'}</span>,
  },
  lagColumn,
  unackedColumn,
  redeliveredColumn,
  deliveredColumn,
  settledColumn,
  { id: 'state', label: 'State', cell: (consumer) => <ConsumerState consumer={consumer} /> },
];

/** All of them where the stream brought all, else a page of them at a time. */
function Consumers({ stream }: { stream: StreamRow }) {
  const { query } = useStore(route);
  const offset = Number(query['from']) || 0;
  const many = stream.consumersTotal > stream.consumers.length;
  const { value, problem, reload } = useAnswer<Page<ConsumerRow>>(
    many ? 'api/consumers' : null,
    { stream: stream.name, offset, limit: consumersMax },
    askEveryMs,
  );
  const rows = many ? (value?.items ?? stream.consumers) : stream.consumers;
  return (
    <section class="panel" aria-labelledby="consumers">
      <h2 id="consumers" class="padded">
        Consumers
      </h2>
      <Gaps gaps={value?.gaps ?? []} />
      <Problem problem={problem} retry={reload} />
      {rows.length === 0 ? (
        <p class="quiet padded">None: what is stored here, nobody is handed.</p>
      ) : (
        <Table
          caption={`Consumers of ${stream.name}`}
          rows={rows}
          columns={columns}
          keyOf={({ name }) => name}
        />
      )}
      {many && (
        <Pager
          offset={offset}
          limit={consumersMax}
          total={stream.consumersTotal}
          moveTo={(from) => setQuery({ from: from === 0 ? null : from })}
        />
      )}
    </section>
  );
}

/** Streams with their consumers inline; one stream; one consumer. */
import type { Page, StreamRow } from '../../src/wire.ts';
import { bytes, compactCounted, count, counted, rate } from '../kit/format.ts';
import { CapBar, Pill, Sparkline } from '../parts/figures.tsx';
import { Pager } from '../parts/pager.tsx';
import { Gaps, Loading, Nothing, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { useAnswer } from '../state/answer.ts';
import {
  type ArrangedStream,
  type Arrangement,
  arrange,
  orders,
  type StreamOrder,
} from '../state/arrange.ts';
import { feed } from '../state/feed.ts';
import { pastLags } from '../state/history.ts';
import { route, setQuery } from '../state/place.ts';
import { useStore } from '../state/store.ts';
import { ConsumerDetails } from './consumer.tsx';
import { ConsumerState, consumerTitle } from './consumer-state.tsx';
import { NoStreams } from './overview.tsx';
import { StreamDetails } from './stream.tsx';

const streamsMax = 40;
const consumersMax = 8;
const askEveryMs = 3000;

const orderLabels: Readonly<Record<StreamOrder, string>> = {
  name: 'name',
  lag: 'longest lag',
  unacked: 'most unacknowledged',
  stored: 'stored per second',
  messages: 'messages',
  size: 'size',
};
const kindLabels: Readonly<Partial<Record<StreamRow['kind'], string>>> = {
  'dead-letters': 'dead letters',
  'partition-queue': 'partition queue',
  bucket: 'bucket',
};

const unread: Readonly<Record<StreamRow['kind'], string>> = {
  stream: 'No consumer: what is stored here, nobody is handed.',
  'dead-letters': 'Kept until they are replayed or forgotten: see the dead letters.',
  'partition-queue': 'No consumer yet: its worker makes them when it starts.',
  bucket: 'Read by its keys, not by consumers.',
};

/** `#/streams`, `#/streams/STREAM` and `#/streams/STREAM/CONSUMER` */
export function Streams({ path: [stream, consumer] }: { path: readonly string[] }) {
  if (stream === undefined) return <StreamList />;
  if (consumer === undefined) return <StreamDetails key={stream} name={stream} />;
  return <ConsumerDetails key={`${stream} ${consumer}`} stream={stream} name={consumer} />;
}

function StreamList() {
  const { query } = useStore(route);
  const snapshot = useStore(feed, (known) => known.snapshot);
  const order = orders.find((one) => one === query['sort']) ?? 'name';
  const asked = { q: query['q'] ?? '', order, internal: query['internal'] === 'yes' };
  const offset = Number(query['from']) || 0;
  const many = snapshot !== null && snapshot.streamsTotal > snapshot.streams.length;
  const page = useAnswer<Page<StreamRow>>(
    many ? 'api/streams' : null,
    { q: asked.q, offset, limit: streamsMax },
    askEveryMs,
  );
  if (!snapshot) return <Loading what="streams" />;
  if (snapshot.streamsTotal === 0) {
    return (
      <>
        <h1 class="unseen">Streams</h1>
        <Gaps gaps={snapshot.gaps} />
        <NoStreams gaps={snapshot.gaps} />
      </>
    );
  }
  const { shown, hidden } = many
    ? arrange(page.value?.items ?? [], { ...asked, q: '', internal: true })
    : arrange(snapshot.streams, asked);
  const total = many ? (page.value?.total ?? 0) : shown.length;
  const first = many || offset < total ? offset : 0;
  const visible = many ? shown : shown.slice(first, first + streamsMax);
  return (
    <>
      <h1 class="unseen">Streams</h1>
      <Controls asked={asked} hidden={hidden} many={many} total={snapshot.streamsTotal} />
      <Gaps gaps={many ? (page.value?.gaps ?? []) : snapshot.gaps} />
      <Problem problem={page.problem} retry={page.reload} />
      {many && page.loading && <Loading what="streams" />}
      {visible.length === 0 && !page.loading && !page.problem && (
        <Nothing title="Nothing matches">
          <p>No stream, subject or consumer has “{asked.q}” in its name.</p>
        </Nothing>
      )}
      {visible.length > 0 && <StreamTable rows={visible} />}
      <Pager
        offset={first}
        limit={streamsMax}
        total={total}
        moveTo={(from) => setQuery({ from: from === 0 ? null : from })}
      />
    </>
  );
}

function Controls(props: { asked: Arrangement; hidden: number; many: boolean; total: number }) {
  const { asked, hidden, many, total } = props;
  return (
    <div class="controls">
      <label class="labelled grow">
        <span class="label">Find a stream, subject or consumer</span>
        <input
          class="field"
          type="search"
          data-filter
          value={asked.q}
          onInput={({ currentTarget }) => setQuery({ q: currentTarget.value, from: null })}
        />
      </label>
      <label class="labelled">
        <span class="label">Sort by</span>
        <select
          class="field"
          value={asked.order}
          disabled={many}
          onChange={({ currentTarget }) => setQuery({ sort: currentTarget.value, from: null })}
        >
          {orders.map((order) => (
            <option key={order} value={order}>
              {orderLabels[order]}
            </option>
          ))}
        </select>
      </label>
      {(hidden > 0 || asked.internal) && (
        <button
          type="button"
          class="button"
          aria-pressed={asked.internal}
          onClick={() => setQuery({ internal: asked.internal ? null : 'yes' })}
        >
          {asked.internal ? 'Internal ones shown' : `Show ${hidden} internal`}
        </button>
      )}
      {many && (
        <p class="quiet">{count(total)} streams are too many to sort here: they come by name.</p>
      )}
    </div>
  );
}

function StreamTable({ rows }: { rows: readonly ArrangedStream[] }) {
  return (
    <table class="table cards streams">
      <caption class="unseen">Streams, each with its consumers</caption>
      <thead>
        <tr>
          <th scope="col">Stream and its consumers</th>
          <th scope="col" class="number">
            Lag
          </th>
          <th scope="col">
            <span class="unseen">Course of the lag</span>
          </th>
          <th scope="col">Unacknowledged</th>
          <th scope="col" class="number">
            Redelivered
          </th>
          <th scope="col" class="number">
            Delivered
          </th>
          <th scope="col" class="number">
            Settled
          </th>
          <th scope="col">State</th>
        </tr>
      </thead>
      {rows.map((row) => (
        <StreamGroup key={row.stream.name} row={row} />
      ))}
    </table>
  );
}

function StreamGroup({ row: { stream, consumers } }: { row: ArrangedStream }) {
  const shown = consumers.slice(0, consumersMax);
  // Those that a filter took out are not "more".
  const all = consumers.length === stream.consumers.length;
  const more = (all ? stream.consumersTotal : consumers.length) - shown.length;
  return (
    <tbody>
      <tr class="stream-line">
        <th scope="rowgroup" colSpan={8}>
          <StreamLine stream={stream} />
        </th>
      </tr>
      {shown.map((consumer) => (
        <ConsumerLine key={consumer.name} consumer={consumer} />
      ))}
      {shown.length === 0 && (
        <tr class="note">
          <td colSpan={8} class="quiet">
            {unread[stream.kind]}
          </td>
        </tr>
      )}
      {more > 0 && (
        <tr class="note">
          <td colSpan={8}>
            <a href={hashOf('streams', [stream.name])}>
              {counted(more, 'more consumer', 'more consumers')} of {stream.name}
            </a>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function StreamLine({ stream }: { stream: StreamRow }) {
  const { name, kind, subjects, messages, bytes: size, storedPerSec, copiesProblem } = stream;
  const label = kindLabels[kind];
  return (
    <span class="stream-head">
      <a data-row href={hashOf('streams', [name])} class="name">
        {name}
      </a>
      {label && <Pill>{label}</Pill>}
      {copiesProblem !== null && <Pill tone="alarm">{copiesProblem}</Pill>}
      <span class="quiet subjects">{subjects.join('  ')}</span>
      <span class="figures">
        <span>{compactCounted(messages, 'message')}</span>
        <span>{bytes(size)}</span>
        <span>{rate(storedPerSec)} stored</span>
      </span>
    </span>
  );
}

function ConsumerLine({ consumer }: { consumer: StreamRow['consumers'][number] }) {
  const { stream, name, lag, ackPending, maxAckPending, redelivered } = consumer;
  return (
    <tr>
      <th scope="row" class="consumer-name">
        <a data-row href={hashOf('streams', [stream, name])}>
          {consumerTitle(consumer)}
        </a>
      </th>
      <td class="number">
        <span class="cell-label">Lag</span>
        {count(lag)}
      </td>
      <td class="course">
        <Sparkline values={pastLags(stream, name)} />
      </td>
      <td class="unacked">
        <span class="cell-label">Unacknowledged</span>
        <CapBar used={ackPending} cap={maxAckPending} what="Unacknowledged" />
      </td>
      <td class="number">
        <span class="cell-label">Redelivered</span>
        <span class={redelivered > 0 ? 'warn' : ''}>{count(redelivered)}</span>
      </td>
      <td class="number">
        <span class="cell-label">Delivered</span>
        {rate(consumer.deliveredPerSec)}
      </td>
      <td class="number">
        <span class="cell-label">Settled</span>
        {rate(consumer.settledPerSec)}
      </td>
      <td class="state">
        <ConsumerState consumer={consumer} />
      </td>
    </tr>
  );
}

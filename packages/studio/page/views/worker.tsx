/** One worker: its set-up, its consumers, its partitions and who has them. */
import type { PartitionRow, PartitionsAnswer, WorkerView } from '../../src/wire.ts';
import { count, counted, duration, rate } from '../kit/format.ts';
import { lagColumn } from '../parts/consumer-columns.tsx';
import { HandledTiles } from '../parts/consumer-tiles.tsx';
import { Facts, Pill, Tile } from '../parts/figures.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Gaps, Nothing, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import type { Answer } from '../state/answer.ts';
import type { WorkerSummary } from '../state/workers.ts';
import { consumerTitle } from './consumer-state.tsx';
import { Crumbs } from './crumbs.tsx';
import { PauseActions } from './pause.tsx';
import { WorkerProcesses } from './worker-processes.tsx';
import { WorkerState } from './worker-state.tsx';
import { concurrencyWords, laneWords, limitWords, orderWords, retryWords } from './worker-words.ts';

/** `#/workers/WORKER`; two streams may have workers of one name. */
export function WorkerDetails(props: {
  name: string;
  workers: readonly WorkerSummary[];
  partitions: Answer<PartitionsAnswer>;
}) {
  const { name, workers, partitions } = props;
  const places = [['Workers', hashOf('workers')]] as const;
  if (workers.length === 0) {
    return (
      <>
        <Crumbs places={places} here={name} />
        <Nothing title={`There is no worker ${name}`}>
          <p>No app that this studio knows declares it, and the server has no consumer of it.</p>
        </Nothing>
      </>
    );
  }
  return (
    <>
      {workers.map((worker) => (
        <Details key={worker.stream} worker={worker} partitions={partitions} places={places} />
      ))}
    </>
  );
}

function Details(props: {
  worker: WorkerSummary;
  partitions: Answer<PartitionsAnswer>;
  places: readonly (readonly [string, string])[];
}) {
  const { worker, partitions, places } = props;
  const { name, stream, declared, consumers, paused } = worker;
  const own = (partitions.value?.partitions ?? []).filter(
    (row) => row.worker === name && row.stream === stream,
  );
  return (
    <>
      <Crumbs places={places} here={name}>
        <WorkerState worker={worker} />
        {consumers.length > 0 && (
          <PauseActions
            target={{ stream, worker: name }}
            name={name}
            paused={paused}
            done={partitions.reload}
          />
        )}
      </Crumbs>
      <WorkerTiles worker={worker} />
      <WorkerProcesses told={worker.told} />
      {own.length > 0 && <Partitions rows={own} answer={partitions} />}
      <div class="halves">
        <section class="panel padded">
          <h2>Set-up</h2>
          {declared ? (
            <SetUp worker={declared} />
          ) : (
            <p class="quiet">
              It is declared by no app that this studio knows: start the studio with that app to see
              its handlers, retries and limits.
            </p>
          )}
        </section>
        <Durables worker={worker} />
      </div>
    </>
  );
}

function WorkerTiles({ worker }: { worker: WorkerSummary }) {
  const { declared, lag, settledPerSec, stream } = worker;
  return (
    <dl class="tiles">
      <Tile label="At once" value={concurrencyWords(declared)}>
        {declared?.adaptive ? 'follows the latency, ' : ''}in each process
      </Tile>
      <Tile label="Order" value={orderWords(worker)}>
        {declared?.ordered ? 'one lane for each key' : ''}
      </Tile>
      <Tile label="Lag" value={count(lag)} href={hashOf('streams', [stream])}>
        of {stream}
      </Tile>
      <HandledTiles {...worker} />
      <Tile label="Settled" value={rate(settledPerSec)}>
        over all processes
      </Tile>
    </dl>
  );
}

function SetUp({ worker }: { worker: WorkerView }) {
  const { handlers, breaker, deadLetters } = worker;
  return (
    <Facts
      rows={[
        ['app', worker.app],
        [
          'handles',
          handlers
            .map(({ types, batch }) => `${types.join(', ')}${batch ? ` (${batch} at once)` : ''}`)
            .join('; '),
        ],
        ['takes', <code key="takes">{worker.filters.join('  ') || 'everything'}</code>],
        ['began at', worker.startAt],
        ['acknowledges', `${worker.ackPolicy}, redelivered after ${duration(worker.ackWaitMs)}`],
        ['a handler may take', duration(worker.timeoutMs)],
        ['lanes', laneWords(worker)],
        ['retries', retryWords(worker)],
        ['then', deadLetters ? letterLink(deadLetters) : 'not buried: no dead letters'],
        ['rate limit', limitWords(worker)],
        [
          'circuit breaker',
          breaker
            ? `opens after ${breaker.failures} failures, for ${duration(breaker.openForMs)}`
            : 'none',
        ],
        ['effects', worker.inbox ? 'once: with an inbox' : 'at least once'],
        ...(worker.schedule ? ([['ticks', worker.schedule]] as const) : []),
      ]}
    />
  );
}

function letterLink(stream: string) {
  return (
    <>
      buried in <a href={hashOf('dead-letters', [stream])}>{stream}</a>
    </>
  );
}

function Durables({ worker }: { worker: WorkerSummary }) {
  const { consumers } = worker;
  return (
    <section class="panel padded">
      <h2>Its consumers on the server</h2>
      {consumers.length === 0 && (
        <p class="quiet">None yet: they are made when it starts for the first time.</p>
      )}
      <ul class="plain">
        {consumers.map((consumer) => (
          <li key={`${consumer.stream} ${consumer.name}`}>
            <a data-row href={hashOf('streams', [consumer.stream, consumer.name])}>
              {consumerTitle(consumer)}
            </a>{' '}
            <span class="quiet">
              on {consumer.stream}, lag {count(consumer.lag)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const partitionColumns: readonly Column<PartitionRow>[] = [
  {
    id: 'partition',
    label: 'Partition',
    heading: true,
    sortBy: ({ partition }) => partition,
    cell: ({ partition }) => (
      <>
        <span class="card-word">Partition </span>
        {partition}
      </>
    ),
  },
  {
    id: 'owner',
    label: 'Owner',
    sortBy: ({ owner }) => owner,
    cell: ({ owner, pinned }) => (
      <>
        {owner === null ? <Pill tone="warn">nobody answers</Pill> : <code>{owner}</code>}{' '}
        {pinned && <Pill>pinned</Pill>}
      </>
    ),
  },
  lagColumn,
  {
    id: 'unacked',
    label: 'Unacknowledged',
    number: true,
    sortBy: ({ ackPending }) => ackPending,
    cell: ({ ackPending }) => count(ackPending),
  },
  {
    id: 'oldest',
    label: 'Oldest waits',
    number: true,
    sortBy: ({ oldestMs }) => oldestMs,
    cell: ({ oldestMs }) => duration(oldestMs),
  },
];

function Partitions(props: { rows: readonly PartitionRow[]; answer: Answer<PartitionsAnswer> }) {
  const { rows, answer } = props;
  const owners = new Set(rows.flatMap(({ owner }) => owner ?? []));
  return (
    <section class="panel">
      <h2 class="padded">
        Partitions <span class="quiet">over {counted(owners.size, 'process', 'processes')}</span>
      </h2>
      <Gaps gaps={answer.value?.gaps ?? []} />
      <Problem problem={answer.problem} retry={answer.reload} />
      <Table
        caption="Partitions and their owners"
        rows={rows}
        columns={partitionColumns}
        keyOf={({ partition }) => String(partition)}
        sorted={{ id: 'partition', descending: false }}
      />
    </section>
  );
}

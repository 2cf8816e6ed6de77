/** Workers: how many messages they take at once, how far behind they are, who has which partition. */
import type { AppView, Gap, PartitionsAnswer } from '../../src/wire.ts';
import {
  lagColumn,
  redeliveredColumn,
  settledColumn,
  unackedColumn,
} from '../parts/consumer-columns.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Gaps, Loading, NoneSeen, Nothing, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { session } from '../server/session.ts';
import { useAnswer } from '../state/answer.ts';
import { feed } from '../state/feed.ts';
import { route, setQuery } from '../state/place.ts';
import { useStore } from '../state/store.ts';
import { type WorkerSummary, workersOf } from '../state/workers.ts';
import { WorkerDetails } from './worker.tsx';
import { WorkerState } from './worker-state.tsx';
import { concurrencyWords, orderWords } from './worker-words.ts';

const partitionsEveryMs = 3000;

/** `#/workers` and `#/workers/WORKER` */
export function Workers({ path: [name] }: { path: readonly string[] }) {
  const { query } = useStore(route);
  const snapshot = useStore(feed, (known) => known.snapshot);
  const app = useAnswer<AppView>('api/app');
  const workers = snapshot ? workersOf(app.value, snapshot) : [];
  const partitioned = workers.some(({ declared, consumers }) =>
    declared ? declared.partitions !== null : consumers.some(({ kind }) => kind === 'partition'),
  );
  const partitions = useAnswer<PartitionsAnswer>(
    partitioned ? 'api/partitions' : null,
    {},
    partitionsEveryMs,
  );
  if (!snapshot || app.loading) return <Loading what="workers" />;
  if (name !== undefined) {
    const found = workers.filter((worker) => worker.name === name);
    return <WorkerDetails key={name} name={name} workers={found} partitions={partitions} />;
  }
  const q = (query['q'] ?? '').trim().toLowerCase();
  const shown = workers.filter(({ name: own, stream, app: owner }) =>
    [own, stream, owner ?? ''].some((text) => text.toLowerCase().includes(q)),
  );
  return (
    <>
      <h1 class="unseen">Workers</h1>
      <Problem problem={app.problem} retry={app.reload} />
      <Gaps gaps={snapshot.gaps} />
      <WithoutApp />
      {workers.length === 0 ? <NoWorkers gaps={snapshot.gaps} /> : <Filter />}
      {workers.length > 0 && shown.length === 0 && (
        <Nothing title="Nothing matches">
          <p>No worker, stream or app has “{query['q']}” in its name.</p>
        </Nothing>
      )}
      {shown.length > 0 && (
        <section class="panel">
          <Table
            caption="Workers"
            rows={shown}
            columns={columns}
            keyOf={({ stream, name: own }) => `${stream} ${own}`}
          />
        </section>
      )}
    </>
  );
}

function Filter() {
  const { query } = useStore(route);
  return (
    <div class="controls">
      <label class="labelled grow">
        <span class="label">Find a worker, stream or app</span>
        <input
          class="field"
          type="search"
          data-filter
          value={query['q'] ?? ''}
          onInput={({ currentTarget }) => setQuery({ q: currentTarget.value })}
        />
      </label>
    </div>
  );
}

function NoWorkers({ gaps }: { gaps: readonly Gap[] }) {
  if (gaps.length > 0) return <NoneSeen what="workers" />;
  return (
    <Nothing title="No workers here yet">
      <p>
        A worker appears with its first start: <code>jetlane worker app.ts</code>, or{' '}
        <code>client.start(worker)</code>.
      </p>
    </Nothing>
  );
}

function WithoutApp() {
  const apps = useStore(session, ({ session: known }) => known?.apps);
  if (!apps || apps.length > 0) return null;
  return (
    <div class="notice">
      <p>
        The studio was started without an app, so it shows what the server knows. With{' '}
        <code>jetlane studio app.ts</code> it also shows concurrency, order, retries and handlers.
      </p>
    </div>
  );
}

const columns: readonly Column<WorkerSummary>[] = [
  {
    id: 'name',
    label: 'Worker',
    heading: true,
    sortBy: ({ name }) => name,
    cell: ({ name, app }) => (
      <>
        <a data-row href={hashOf('workers', [name])}>
          {name}
        </a>{' '}
        {app !== null && app !== name && <span class="quiet">{app}</span>}
      </>
    ),
  },
  {
    id: 'stream',
    label: 'Works on',
    sortBy: ({ stream }) => stream,
    cell: ({ stream }) => <a href={hashOf('streams', [stream])}>{stream}</a>,
  },
  {
    id: 'concurrency',
    label: 'At once',
    sortBy: ({ declared }) => declared?.concurrency ?? null,
    number: true,
    cell: ({ declared }) => concurrencyWords(declared),
  },
  { id: 'order', label: 'Order', cell: (worker) => orderWords(worker) },
  lagColumn,
  {
    ...unackedColumn,
    cell: (worker) => (worker.consumers.length === 0 ? '–' : unackedColumn.cell(worker)),
  },
  redeliveredColumn,
  settledColumn,
  { id: 'state', label: 'State', cell: (worker) => <WorkerState worker={worker} /> },
];

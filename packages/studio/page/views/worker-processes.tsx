/** What the processes of a worker tell: how long messages took, and what each of them holds. */
import type { ToldPercentiles, ToldProcess, ToldWorker } from '../../src/wire.ts';
import { count, counted, dateAndTime, milliseconds } from '../kit/format.ts';
import { Tile } from '../parts/figures.tsx';
import { type Column, Table } from '../parts/table.tsx';

/** Nothing where no process tells. */
export function WorkerProcesses({ told }: { told: ToldWorker | null }) {
  if (told === null) return null;
  const { processes, processesTotal, latencyMs, handlingMs } = told;
  return (
    <>
      <dl class="tiles">
        <Took label="Latency" took={latencyMs}>
          from stored to acknowledged
        </Took>
        <Took label="Handling" took={handlingMs}>
          from delivery to acknowledgement
        </Took>
      </dl>
      <section class="panel">
        <h2 class="padded">
          Processes{' '}
          <span class="quiet">
            {counted(processesTotal, 'tells', 'tell')} how it goes
            {processesTotal > processes.length && `, the first ${processes.length} are shown`}
          </span>
        </h2>
        <Table
          caption="Processes that run this worker"
          rows={processes}
          columns={columns}
          keyOf={({ id }) => id}
          sorted={{ id: 'process', descending: false }}
        />
      </section>
    </>
  );
}

function Took(props: { label: string; took: ToldPercentiles | null; children: string }) {
  const { label, took, children } = props;
  return (
    <>
      <Tile label={`${label}, p50`} value={milliseconds(took?.p50)}>
        {children}
      </Tile>
      <Tile label={`${label}, p99`} value={milliseconds(took?.p99)}>
        of the last second
      </Tile>
    </>
  );
}

const columns: readonly Column<ToldProcess>[] = [
  {
    id: 'process',
    label: 'Process',
    heading: true,
    sortBy: ({ process }) => process,
    cell: ({ process, app }) => (
      <>
        <code>{process}</code> {app !== null && <span class="quiet">{app}</span>}
      </>
    ),
  },
  {
    id: 'held',
    label: 'Holds',
    number: true,
    sortBy: ({ held }) => held,
    cell: ({ held }) => count(held),
  },
  {
    id: 'running',
    label: 'Running',
    number: true,
    sortBy: ({ running }) => running,
    cell: ({ running }) => count(running),
  },
  {
    id: 'lanes',
    label: 'Lanes',
    number: true,
    sortBy: ({ lanes }) => lanes,
    cell: ({ lanes }) => count(lanes),
  },
  {
    id: 'started',
    label: 'Started',
    number: true,
    sortBy: ({ startedMs }) => startedMs,
    cell: ({ startedMs }) => dateAndTime(startedMs),
  },
];

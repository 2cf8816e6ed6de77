/** One consumer: how far it is, what waits, how it is configured; pausing and resuming it. */
import { useRef } from 'preact/hooks';
import type { ConsumerDetail, ConsumerRow } from '../../src/wire.ts';
import { ago, count, dateAndTime, rate } from '../kit/format.ts';
import { HandledTiles } from '../parts/consumer-tiles.tsx';
import { Facts, Tile } from '../parts/figures.tsx';
import { LiveChart, type Moment } from '../parts/live-chart.tsx';
import { ConfigurationPanel, TerminalPanel } from '../parts/server-panels.tsx';
import { Loading, Problem } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { useAnswer } from '../state/answer.ts';
import { useNowMs } from '../state/clock.ts';
import { feed, serverNowMs } from '../state/feed.ts';
import { useStore } from '../state/store.ts';
import { ackWords, ConsumerState, consumerTitle } from './consumer-state.tsx';
import { Crumbs } from './crumbs.tsx';
import { PauseActions } from './pause.tsx';

const askEveryMs = 1000;
const momentsMax = 300;

/** `#/streams/STREAM/CONSUMER` */
export function ConsumerDetails({ stream, name }: { stream: string; name: string }) {
  const { value, problem, loading, reload } = useAnswer<ConsumerDetail>(
    'api/consumer',
    { stream, consumer: name },
    askEveryMs,
  );
  const consumer = value?.consumer;
  return (
    <>
      <Crumbs
        places={[
          ['Streams', hashOf('streams')],
          [stream, hashOf('streams', [stream])],
        ]}
        here={name}
      >
        {consumer && <ConsumerState consumer={consumer} />}
        {consumer && (
          <PauseActions
            target={{ stream, consumer: name }}
            name={name}
            paused={consumer.paused !== null}
            done={reload}
          />
        )}
      </Crumbs>
      <Problem problem={problem} retry={reload} />
      {loading && <Loading what={name} />}
      {value && <Content detail={value} />}
    </>
  );
}

function Content({ detail }: { detail: ConsumerDetail }) {
  const { configText, commands } = detail;
  const consumer = useSampled(detail.consumer);
  return (
    <>
      <ConsumerTiles detail={detail} consumer={consumer} />
      <ConsumerChart consumer={detail.consumer} />
      <div class="halves">
        <section class="panel padded" aria-labelledby="what">
          <h2 id="what">What it does</h2>
          <Facts
            rows={[
              ...(consumerTitle(consumer) === consumer.name
                ? []
                : ([['is', consumerTitle(consumer)]] as const)),
              ['worker', workerLink(consumer)],
              ['takes', <code key="takes">{consumer.filters.join('  ') || 'everything'}</code>],
              ['acknowledges', ackWords(consumer)],
              ['made by', consumer.managed ? 'Jetlane' : 'another program'],
              ['since', dateAndTime(Date.parse(detail.created))],
              ['description', consumer.description ?? '–'],
            ]}
          />
        </section>
        <ConfigurationPanel text={configText} />
      </div>
      <TerminalPanel commands={commands} />
    </>
  );
}

function workerLink({ worker }: ConsumerRow) {
  if (worker === null) return 'none of Jetlane';
  return <a href={hashOf('workers', [worker])}>{worker}</a>;
}

/** Rates are known where samples are taken all the time; but what the detail says of the rest is newer. */
function useSampled(consumer: ConsumerRow): ConsumerRow {
  const sampled = useStore(feed, ({ snapshot }) =>
    snapshot?.streams
      .find(({ name }) => name === consumer.stream)
      ?.consumers.find(({ name }) => name === consumer.name),
  );
  if (!sampled) return consumer;
  const { deliveredPerSec, settledPerSec } = sampled;
  return { ...consumer, deliveredPerSec, settledPerSec };
}

function ConsumerTiles(props: { detail: ConsumerDetail; consumer: ConsumerRow }) {
  const { detail, consumer } = props;
  const { deliveredSeq, ackFloorSeq } = detail;
  const { lag, waiting, lastDeliveredMs } = consumer;
  const nowMs = serverNowMs(feed.get(), useNowMs());
  return (
    <dl class="tiles">
      <Tile label="Lag" value={count(lag)}>
        not delivered yet
      </Tile>
      <HandledTiles {...consumer} />
      <Tile label="Delivered" value={rate(consumer.deliveredPerSec)}>
        {lastDeliveredMs === null ? 'never yet' : `last ${ago(nowMs - lastDeliveredMs)}`}
      </Tile>
      <Tile label="Settled" value={rate(consumer.settledPerSec)}>
        {consumer.lastAckMs === null ? 'never yet' : `last ${ago(nowMs - consumer.lastAckMs)}`}
      </Tile>
      <Tile label="Position" value={count(deliveredSeq)}>
        all done up to {count(ackFloorSeq)}
        {waiting === null ? '' : `, ${count(waiting)} pulls wait`}
      </Tile>
    </dl>
  );
}

/** Its course since this view was opened. */
function ConsumerChart({ consumer }: { consumer: ConsumerRow }) {
  const moments = useRef<Moment[]>([]);
  const seen = useRef<ConsumerRow | null>(null);
  if (seen.current !== consumer) {
    seen.current = consumer;
    moments.current.push({ atMs: Date.now(), values: [consumer.lag, consumer.ackPending] });
    if (moments.current.length > momentsMax) moments.current.shift();
  }
  return (
    <LiveChart
      options={{
        title: 'What waits, since this view was opened',
        unit: 'count',
        series: [
          { label: 'lag', colour: 'series-3', filled: true },
          { label: 'unacknowledged', colour: 'series-1' },
        ],
      }}
      moments={moments.current}
    />
  );
}

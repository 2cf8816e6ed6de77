/** Everything at a glance: what flows, what waits, and what asks for attention. */
import type { AccountView, Gap, Snapshot, Usage } from '../../src/wire.ts';
import { bytes, compactCount, compactCounted, count, counted, rate } from '../kit/format.ts';
import { CapBar, Facts, Pill, Sparkline, Tile } from '../parts/figures.tsx';
import { LiveChart } from '../parts/live-chart.tsx';
import { Gaps, Loading, NoneSeen, Nothing } from '../parts/words.tsx';
import { hashOf } from '../route.ts';
import { isInternal } from '../state/arrange.ts';
import { concernsOf, lookedAt, workedFor } from '../state/concerns.ts';
import { feed } from '../state/feed.ts';
import { pastLags, pastTotals } from '../state/history.ts';
import { useStore } from '../state/store.ts';

const longestMax = 8;
const attentionMax = 20;
/** A server that was given no name uses its id. */
const ownId = /^N[A-Z2-7]{55}$/;

/** `#/overview` */
export function Overview() {
  const snapshot = useStore(feed, (known) => known.snapshot);
  if (!snapshot) return <Loading what="what the server has" />;
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <Gaps gaps={snapshot.gaps} />
      <Figures snapshot={snapshot} />
      {snapshot.streamsTotal === 0 ? (
        <NoStreams gaps={snapshot.gaps} />
      ) : (
        <>
          <Courses />
          <Lists snapshot={snapshot} />
        </>
      )}
      <ServerPanel snapshot={snapshot} />
    </>
  );
}

/** What to do on a server that has no streams yet; that none can be seen where `gaps` say why. */
export function NoStreams({ gaps }: { gaps: readonly Gap[] }) {
  if (gaps.length > 0) return <NoneSeen what="streams" />;
  return (
    <Nothing title="This server has no streams yet">
      <p>
        They appear here as soon as something makes them: an app that starts, or{' '}
        <code>jetlane streams apply app.ts</code>.
      </p>
    </Nothing>
  );
}

function Figures({ snapshot }: { snapshot: Snapshot }) {
  const { totals, streamsTotal } = snapshot;
  const consumers = snapshot.streams.reduce((sum, { consumersTotal }) => sum + consumersTotal, 0);
  return (
    <dl class="tiles">
      <Tile label="Stored" value={rate(totals.storedPerSec)}>
        {compactCounted(totals.messages, 'message')}, {bytes(totals.bytes)}
      </Tile>
      <Tile label="Delivered" value={rate(totals.deliveredPerSec)}>
        {counted(streamsTotal, 'stream')}, {counted(consumers, 'consumer')}
      </Tile>
      <Tile
        label="Lag"
        value={compactCount(totals.lag)}
        href={hashOf('streams', [], { sort: 'lag' })}
      >
        not delivered yet
      </Tile>
      <Tile
        label="Unacknowledged"
        value={compactCount(totals.ackPending)}
        href={hashOf('streams', [], { sort: 'unacked' })}
      >
        delivered, being handled
      </Tile>
      <Tile
        label="Redelivered"
        value={compactCount(totals.redelivered)}
        tone={totals.redelivered > 0 ? 'warn' : ''}
      >
        again, and not acknowledged yet
      </Tile>
      <Tile
        label="Dead letters"
        value={compactCount(totals.deadLetters)}
        tone={totals.deadLetters > 0 ? 'alarm' : ''}
        href={hashOf('dead-letters')}
      >
        {lettersWords(snapshot)}
      </Tile>
    </dl>
  );
}

function lettersWords(snapshot: Snapshot): string {
  if (snapshot.totals.deadLetters > 0) return 'given up on';
  return lookedAt(snapshot) === null ? 'nothing was given up on' : 'none in what was read';
}

function Courses() {
  return (
    <div class="charts">
      <RateChart />
      <BacklogChart />
    </div>
  );
}

function RateChart() {
  return (
    <LiveChart
      options={{
        title: 'Messages per second',
        unit: 'perSecond',
        series: [
          { label: 'stored', colour: 'series-1' },
          { label: 'delivered', colour: 'series-2' },
        ],
      }}
      moments={pastTotals.map(({ atMs, totals }) => ({
        atMs,
        values: [totals.storedPerSec, totals.deliveredPerSec],
      }))}
    />
  );
}

function BacklogChart() {
  return (
    <LiveChart
      options={{
        title: 'Messages that wait',
        unit: 'count',
        series: [
          { label: 'lag', colour: 'series-3', filled: true },
          { label: 'unacknowledged', colour: 'series-5' },
        ],
      }}
      moments={pastTotals.map(({ atMs, totals }) => ({
        atMs,
        values: [totals.lag, totals.ackPending],
      }))}
    />
  );
}

function Lists({ snapshot }: { snapshot: Snapshot }) {
  return (
    <div class="halves">
      <Attention snapshot={snapshot} />
      <Longest snapshot={snapshot} />
    </div>
  );
}

function Attention({ snapshot }: { snapshot: Snapshot }) {
  const concerns = concernsOf(snapshot);
  const shown = concerns.slice(0, attentionMax);
  const looked = lookedAt(snapshot);
  return (
    <section class="panel padded" aria-labelledby="attention">
      <h2 id="attention">What asks for attention</h2>
      {shown.length === 0 && <p class="quiet">{calmWords(snapshot)}</p>}
      <ul class="concerns">
        {shown.map(({ where, href, what, tone }) => (
          <li key={`${where} ${what}`}>
            <a href={href}>{where}</a> <Pill tone={tone}>{what}</Pill>
          </li>
        ))}
      </ul>
      {concerns.length > shown.length && (
        <p class="quiet">and {count(concerns.length - shown.length)} more.</p>
      )}
      {shown.length > 0 && looked !== null && <p class="quiet">Found {looked}.</p>}
    </section>
  );
}

/** Only what is known: where not everything was read, somebody may wait there. */
function calmWords(snapshot: Snapshot): string {
  const looked = lookedAt(snapshot);
  if (looked !== null) return `Nothing ${looked}.`;
  return workedFor(snapshot).length === 0
    ? 'Nothing: there is no consumer that could fall behind.'
    : 'Nothing: every consumer has somebody who works, and room to take more.';
}

function Longest({ snapshot }: { snapshot: Snapshot }) {
  const looked = lookedAt(snapshot);
  const longest = workedFor(snapshot)
    .filter(({ lag }) => lag > 0)
    .sort((one, other) => other.lag - one.lag)
    .slice(0, longestMax);
  return (
    <section class="panel padded" aria-labelledby="longest">
      <h2 id="longest">Longest queues</h2>
      {longest.length === 0 ? (
        <p class="quiet">
          {looked === null ? 'Every consumer is up to date.' : `No consumer is behind ${looked}.`}
        </p>
      ) : (
        <table class="table longest">
          <thead>
            <tr>
              <th scope="col">Consumer</th>
              <th scope="col" class="number">
                Lag
              </th>
              <th scope="col" class="course">
                <span class="unseen">Its course</span>
              </th>
              <th scope="col" class="number">
                Delivered
              </th>
            </tr>
          </thead>
          <tbody>
            {longest.map(({ stream, name, lag, deliveredPerSec }) => (
              <tr key={`${stream} ${name}`}>
                <th scope="row">
                  <a href={hashOf('streams', [stream, name])}>{name}</a>{' '}
                  <span class="quiet">{stream}</span>
                </th>
                <td class="number">{count(lag)}</td>
                <td class="course">
                  <Sparkline values={pastLags(stream, name)} />
                </td>
                <td class="number">{rate(deliveredPerSec)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function ServerPanel({ snapshot }: { snapshot: Snapshot }) {
  const { server, account, streams } = snapshot;
  const replicated = streams.filter((stream) => !isInternal(stream) && stream.replicas > 1).length;
  if (!server) return null;
  return (
    <section class="panel padded" aria-labelledby="server">
      <h2 id="server">Server</h2>
      <div class="server">
        <Facts
          rows={[
            ['nats-server', `${server.version} at ${server.address}`],
            ...(ownId.test(server.name) ? [] : ([['name', server.name]] as const)),
            [
              'cluster',
              server.cluster
                ? `${server.cluster}, ${counted(replicated, 'replicated stream')}`
                : 'none: one server',
            ],
            ...(server.domain ? ([['domain', server.domain]] as const) : []),
            ['largest payload', bytes(server.maxPayloadBytes)],
          ]}
        />
        {account && <AccountFacts account={account} />}
      </div>
    </section>
  );
}

function AccountFacts({ account }: { account: AccountView }) {
  const { streams, consumers, storageBytes, memoryBytes, apiTotal, apiErrors } = account;
  const used = (what: string, { used: now, limit }: Usage, format: (value: number) => string) =>
    limit === null ? (
      `${format(now)}, no limit`
    ) : (
      <>
        {format === count ? null : `${format(now)} of ${format(limit)} `}
        <CapBar used={now} cap={limit} what={what} />
      </>
    );
  return (
    <Facts
      rows={[
        ['file storage', used('file storage', storageBytes, bytes)],
        ['memory storage', used('memory storage', memoryBytes, bytes)],
        ['streams', used('streams', streams, count)],
        ['consumers', used('consumers', consumers, count)],
        ['requests to JetStream', `${count(apiTotal)}, ${count(apiErrors)} of them refused`],
      ]}
    />
  );
}

/** The figures beside the map. Everything is set as text, so no payload can become markup. */
import { count, milliseconds, percent } from '@jetlane/studio/kit/format';
import { render } from 'preact';
import type { Figures, ServiceFigures } from '../figures.ts';
import type { Live } from '../live.ts';

/** Fills `root` with the figures of the run, once they come, and keeps them fresh. */
export function mountStory(root: HTMLElement, live: Live): void {
  render(<Waiting />, root);
  live.on('figures', ({ figures }) => render(<Story figures={figures} />, root));
}

function Waiting() {
  return <p class="quiet">The figures come with the first second of the run.</p>;
}

function Story({ figures }: { readonly figures: Figures }) {
  const { late, skipped, failed, rides, fraud, etaMedianAbsErrorS } = figures;
  const eta = etaMedianAbsErrorS === null ? null : etaMedianAbsErrorS * 1000;
  return (
    <>
      <dl class="tiles">
        <Tile name="publishes / s" id="publishes" value={count(figures.publishesPerS)} />
        <Tile name="deliveries / s" id="deliveries" value={count(figures.deliveriesPerS)} />
        <Tile name="lost" id="lost" value={count(figures.lost)} bad={figures.lost > 0} />
        <Tile name="redelivered" id="redelivered" value={count(figures.redelivered)} />
        <Tile name="duplicates dropped" id="duplicates" value={count(figures.duplicatesDropped)} />
        <Tile name="sent late" id="late" value={count(late + skipped + failed)} />
      </dl>
      <section class="table-frame" aria-label="Services">
        <table class="table">
          <caption>End to end, from intended send to handled</caption>
          <thead>
            <tr>
              {['service', 'p50', 'p99', 'lag', 'unacked / cap'].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody id="services">
            {Object.entries(figures.services).map(([name, service]) => (
              <Service key={name} name={name} service={service} />
            ))}
          </tbody>
        </table>
      </section>
      <dl class="lines">
        <Line
          name="rides matched / requested"
          value={`${count(rides.matched)} / ${count(rides.requested)}`}
        />
        <Line name="ETA error, median" value={milliseconds(eta)} />
        <Line
          name="fraud precision / recall"
          value={`${percent(fraud.precision)} / ${percent(fraud.recall)}`}
        />
      </dl>
    </>
  );
}

function Tile({
  name,
  id,
  value,
  bad = false,
}: {
  readonly name: string;
  readonly id: string;
  readonly value: string;
  readonly bad?: boolean;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd id={id} class={bad ? 'alarm' : undefined}>
        {value}
      </dd>
    </div>
  );
}

function Line({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Service({ name, service }: { readonly name: string; readonly service: ServiceFigures }) {
  const { latencyMs, lag, ackPending, ackPendingMax } = service;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="number">{milliseconds(latencyMs.p50)}</td>
      <td class="number">{milliseconds(latencyMs.p99)}</td>
      <td class="number">{count(lag)}</td>
      <td class="number">{`${count(ackPending)} / ${count(ackPendingMax)}`}</td>
    </tr>
  );
}

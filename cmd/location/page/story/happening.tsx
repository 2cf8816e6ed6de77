/** What is happening: what goes in, what comes out, and how each service stands. */
import { count, percent } from '@jetlane/studio/kit/format';
import type { ServiceFigures, StoryFigures } from '../figures.ts';
import { Meter } from './meter.tsx';

/** The first part. */
export function Happening({ figures }: { readonly figures: StoryFigures }) {
  const { publishesPerS, deliveriesPerS, lost, rides, etaMedianAbsErrorS, fraud } = figures;
  const services = Object.entries(figures.services);
  const hits =
    fraud.precision === null ? '' : `, and ${percent(fraud.precision)} of the flags are right`;
  return (
    <section aria-labelledby="story-happening">
      <h2 id="story-happening">What is happening</h2>
      <dl class="flow">
        <div>
          <dt>reports into one stream</dt>
          <dd>
            <span id="publishes">{count(publishesPerS)}</span>/s
          </dd>
        </div>
        <div>
          <dt>out to {services.length} services</dt>
          <dd>
            <span id="deliveries">{count(deliveriesPerS)}</span>/s
          </dd>
        </div>
        <div class={lost === 0 ? 'ok' : 'alarm'}>
          <dt>lost</dt>
          <dd>{count(lost)}</dd>
        </div>
      </dl>
      <table class="services">
        <caption class="unseen">
          Each service, with what waits for it and what it has not acknowledged yet
        </caption>
        <thead>
          <tr>
            <th scope="col">service</th>
            <th scope="col">handles</th>
            <th scope="col">lag</th>
            <th scope="col">unacknowledged of its cap</th>
          </tr>
        </thead>
        <tbody id="services">
          {services.map(([name, service]) => (
            <Service key={name} name={name} service={service} />
          ))}
        </tbody>
      </table>
      <p class="aside quiet">
        {count(rides.matched)} of {count(rides.requested)} riders have a driver
        {etaMedianAbsErrorS === null
          ? ''
          : `, arrivals are right to ${etaMedianAbsErrorS.toFixed(1)} s`}
        {fraud.recall === null
          ? ''
          : `; ${percent(fraud.recall)} of the cheaters are flagged${hits}`}
        .
      </p>
    </section>
  );
}

function Service({ name, service }: { readonly name: string; readonly service: ServiceFigures }) {
  const { deliveriesPerS, lag, ackPending, ackPendingMax, processes, partitions } = service;
  return (
    <tr data-service={name}>
      <th scope="row">
        <span class="name">{name}</span>
        <span class="processes">
          {processes.map(({ number, up }) => (
            <span key={number} class={up ? 'process' : 'process down'}>
              <span class="unseen">
                process {number} {up ? 'runs' : 'is down'}
              </span>
            </span>
          ))}
        </span>
        {partitions && processes.length > 1 ? <Partitions owners={partitions} /> : null}
      </th>
      <td data-figure="rate">{count(deliveriesPerS)}/s</td>
      <td data-figure="lag" class={lag > Math.max(LAG_MIN, deliveriesPerS) ? 'warn' : ''}>
        {count(lag)}
      </td>
      <td>
        <Meter
          value={ackPending}
          of={ackPendingMax}
          text={`${count(ackPending)} of ${count(ackPendingMax)}`}
        />
      </td>
    </tr>
  );
}

/** More than a second of work behind, and more than a handful, is worth a colour. */
const LAG_MIN = 100;

/** Which process has which partition: they move when one comes or goes. */
function Partitions({ owners }: { readonly owners: readonly (number | null)[] }) {
  const shares = new Map<number, number>();
  for (const owner of owners) if (owner !== null) shares.set(owner, (shares.get(owner) ?? 0) + 1);
  const words = [...shares]
    .sort(([a], [b]) => a - b)
    .map(([number, share]) => `process ${number} has ${share}`);
  return (
    <span class="partitions" title={`partitions: ${words.join(', ')}`}>
      {owners.map((owner, partition) => (
        <span
          key={partition}
          class={owner === null ? 'partition free' : `partition of-${((owner - 1) % 4) + 1}`}
          aria-hidden="true"
        />
      ))}
      <span class="unseen">partitions: {words.join(', ')}</span>
    </span>
  );
}

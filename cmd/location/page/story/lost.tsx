/** Whether anything is lost: the ledger, which knows every report by its position in the stream. */
import { count, counted } from '@jetlane/studio/kit/format';
import type { StoryFigures } from '../figures.ts';

/** The third part. */
export function Lost({ figures }: { readonly figures: StoryFigures }) {
  const { lost, published, resent, duplicatesDropped } = figures;
  const services = Object.entries(figures.services);
  return (
    <section aria-labelledby="story-lost">
      <h2 id="story-lost">Is anything lost?</h2>
      <p class={lost === 0 ? 'verdict ok' : 'verdict alarm'}>
        <strong id="lost">{count(lost)}</strong> lost
      </p>
      <p class="aside quiet">
        Of {count(published)} confirmed reports, looked for one by one in what each service handled.
        Phones sent {count(resent)} a second time, and whoever waits for a confirmation in vain
        sends again: <span id="duplicates">{count(duplicatesDropped)}</span> were dropped as
        duplicates.
      </p>
      <table class="services ledger">
        <caption class="unseen">What came again, was set aside or was lost, by service</caption>
        <thead>
          <tr>
            <th scope="col">service</th>
            <th scope="col">redelivered</th>
            <th scope="col">dead letters</th>
            <th scope="col">lost</th>
          </tr>
        </thead>
        <tbody>
          {services.map(([name, one]) => (
            <tr key={name} data-ledger={name}>
              <th scope="row">{name}</th>
              <td data-figure="redelivered">{count(one.redelivered)}</td>
              <td data-figure="dead-letters" class={one.deadLetters > 0 ? 'warn' : ''}>
                {count(one.deadLetters)}
              </td>
              <td class={one.lost > 0 ? 'alarm' : ''}>{count(one.lost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Unsent figures={figures} />
    </section>
  );
}

/** What the schedule asked for and the phones could not do. Not a loss, and not hidden. */
function Unsent({ figures: { late, skipped, failed } }: { readonly figures: StoryFigures }) {
  const parts = [
    late > 0 ? `${counted(late, 'report')} sent over 50 ms late` : '',
    skipped > 0 ? `${count(skipped)} not sent` : '',
    failed > 0 ? `${count(failed)} never confirmed` : '',
  ].filter((words) => words !== '');
  return parts.length === 0 ? null : <p class="aside quiet">Phones: {parts.join(', ')}.</p>;
}

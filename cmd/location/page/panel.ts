/** The figures beside the map. Everything is set as text, so no payload can become markup. */
import type { Figures } from './figures.ts';

/** The panel. */
export interface Panel {
  update(figures: Figures): void;
  connected(connected: boolean): void;
  drivers(count: number): void;
}

/** Finds its places in the page by their ids. */
export function panel(root: Document): Panel {
  const put = (id: string, text: string) => {
    const place = root.getElementById(id);
    if (place && place.textContent !== text) place.textContent = text;
  };
  const rows = root.getElementById('services') as HTMLTableSectionElement;
  return {
    connected(connected) {
      put('state', connected ? 'live' : 'no connection');
      root.body.classList.toggle('offline', !connected);
    },
    drivers: (count) => put('in-view', whole(count)),
    update(figures) {
      put('publishes', whole(figures.publishesPerS));
      put('deliveries', whole(figures.deliveriesPerS));
      put('redelivered', whole(figures.redelivered));
      put('duplicates', whole(figures.duplicatesDropped));
      put('lost', whole(figures.lost));
      put('late', whole(figures.late + figures.skipped + figures.failed));
      put('rides', `${whole(figures.rides.matched)} / ${whole(figures.rides.requested)}`);
      put('eta-error', seconds(figures.etaMedianAbsErrorS));
      put('fraud', `${percent(figures.fraud.precision)} / ${percent(figures.fraud.recall)}`);
      root.getElementById('lost')?.classList.toggle('bad', figures.lost > 0);
      for (const [name, service] of Object.entries(figures.services)) {
        const { p50, p99, p999 } = service.latencyMs;
        const cap = `${whole(service.ackPending)} / ${whole(service.ackPendingMax)}`;
        fill(rowOf(rows, name), [name, ms(p50), ms(p99), ms(p999), whole(service.lag), cap]);
      }
    },
  };
}

function rowOf(rows: HTMLTableSectionElement, name: string): HTMLTableRowElement {
  const found = [...rows.rows].find((row) => row.dataset['service'] === name);
  if (found) return found;
  const row = rows.insertRow();
  row.dataset['service'] = name;
  const head = document.createElement('th');
  head.scope = 'row';
  row.append(head);
  return row;
}

function fill(row: HTMLTableRowElement, texts: readonly string[]): void {
  texts.forEach((text, index) => {
    const cell = row.cells[index] ?? row.insertCell();
    if (cell.textContent !== text) cell.textContent = text;
  });
}

const format = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const whole = (value: number) => format.format(value);
const seconds = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} s`);
const percent = (value: number | null) => (value === null ? '–' : `${Math.round(value * 100)} %`);
const ms = (value: number | null) => {
  if (value === null) return '–';
  return value < 10 ? value.toFixed(1) : whole(value);
};

/** What stands around the plot of a chart: its title, its legend with values, and the same values as a table. */
import { timeOfDay } from './format.ts';
import type { PointWindow } from './point-window.ts';

/** A colour of theme.css, by its name without the dashes. */
export type ColourToken =
  | `series-${1 | 2 | 3 | 4 | 5 | 6}`
  | 'accent'
  | 'ok'
  | 'warn'
  | 'alarm'
  | 'quiet'
  | 'ink';

/** One line of a chart. */
export interface ChartSeries {
  readonly label: string;
  readonly colour: ColourToken;
  /** For a reference beside what is measured. Default false. */
  readonly dashed?: boolean;
  /** Shades the area below the line. Default false. */
  readonly filled?: boolean;
}

/** The elements of a chart; `plot` is what uPlot draws into. */
export interface ChartFrame {
  readonly figure: HTMLElement;
  readonly plot: HTMLElement;
  /** Shows these values in the legend; `atMs` is said where they are not the newest. */
  showValues(values: readonly (number | null)[], atMs?: number): void;
  /** Brings the text alternative, the table and the empty state up to date. */
  describe(points: PointWindow): void;
}

const tableRows = 20;

/** Builds the elements. Only texts are put in, never markup. */
export function chartFrame(
  title: string,
  series: readonly ChartSeries[],
  format: (value: number | null) => string,
): ChartFrame {
  const at = element('span', 'at');
  const values = series.map(() => element('span', 'value', format(null)));
  const legend = element('ul', 'legend');
  // Screen readers are told by the plot's own description; a list that changes each second is noise to them.
  legend.setAttribute('aria-hidden', 'true');
  for (const [index, one] of series.entries()) legend.append(legendItem(one, values[index]));
  const plot = element('div', 'plot');
  plot.setAttribute('role', 'img');
  const nothing = element('div', 'nothing', 'Nothing measured yet');
  plot.append(nothing);
  const table = valueTable(title, series, format);
  const caption = element('figcaption');
  caption.append(element('span', 'title', title), at);
  const figure = element('figure', 'chart');
  figure.append(caption, legend, plot, table.details);

  return {
    figure,
    plot,
    showValues(row, atMs) {
      for (const [index, cell] of values.entries()) cell.textContent = format(row[index] ?? null);
      at.textContent = atMs === undefined ? '' : `at ${timeOfDay(atMs).slice(0, 8)}`;
    },
    describe(points) {
      nothing.hidden = points.timesS.length > 0;
      plot.setAttribute('aria-label', sentence(title, series, points, format));
      table.update(points);
    },
  };
}

function legendItem({ label, colour, dashed = false }: ChartSeries, value?: HTMLElement) {
  const swatch = element('span', dashed ? 'swatch dashed' : 'swatch');
  swatch.style.color = `var(--${colour})`;
  const item = element('li');
  item.append(swatch, element('span', 'label', label));
  if (value) item.append(value);
  return item;
}

/** The newest rows, written only while the table is open. */
function valueTable(
  title: string,
  series: readonly ChartSeries[],
  format: (value: number | null) => string,
) {
  const details = document.createElement('details');
  const body = document.createElement('tbody');
  const head = document.createElement('thead');
  head.append(row('th', ['time', ...series.map(({ label }) => label)], 'col'));
  const table = element('table', 'table');
  table.append(element('caption', 'unseen', `${title}: the newest values`), head, body);
  const frame = element('div', 'table-frame');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'region');
  frame.setAttribute('aria-label', `${title}, as a table`);
  frame.append(table);
  details.append(element('summary', '', 'Values as a table'), frame);
  let shown: PointWindow | undefined;
  const fill = () => {
    if (!details.open || !shown) return;
    const rows = shown.newest(tableRows);
    body.replaceChildren(
      ...rows.map(({ atMs, values }) =>
        row('td', [timeOfDay(atMs).slice(0, 8), ...values.map(format)]),
      ),
    );
  };
  details.addEventListener('toggle', fill);
  return {
    details,
    update(points: PointWindow) {
      shown = points;
      fill();
    },
  };
}

function row(tag: 'th' | 'td', texts: readonly string[], scope?: string): HTMLTableRowElement {
  const line = document.createElement('tr');
  for (const [index, text] of texts.entries()) {
    const cell = element(tag, index > 0 ? 'number' : '', text);
    if (scope) cell.setAttribute('scope', scope);
    line.append(cell);
  }
  return line;
}

function sentence(
  title: string,
  series: readonly ChartSeries[],
  points: PointWindow,
  format: (value: number | null) => string,
): string {
  if (points.timesS.length === 0) return `${title}: nothing measured yet`;
  const parts = series.map(({ label }, index) => {
    const { latest, min, max } = points.summary(index);
    return latest === null
      ? `${label} unknown`
      : `${label} ${format(latest)}, between ${format(min)} and ${format(max)}`;
  });
  return `${title}: ${parts.join('; ')}`;
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  text = '',
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

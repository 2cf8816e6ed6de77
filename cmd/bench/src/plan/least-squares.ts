/**
 * Weighted linear least squares with coefficients that must not be negative: a cost below zero is noise that was fitted.
 * Normal equations, solved by Gauss with pivoting; a coefficient that comes out negative is left out, the most negative first, and
 * the rest is fitted again. A dozen points and six coefficients at most, so nothing finer is needed.
 */

/** One equation: what was varied, what was found, and how much it counts. */
export interface Row {
  /** By the name of the coefficient. */
  readonly x: Readonly<Record<string, number>>;
  readonly y: number;
  /** Default 1. */
  readonly weight?: number;
}

/**
 * Coefficients by name; 0 for those that the rows do not support. Every name of any row is a coefficient.
 *
 * @param signed names whose coefficient may be negative, such as a base line
 */
export function fitLeastSquares(
  rows: readonly Row[],
  signed: readonly string[] = [],
): Record<string, number> {
  const names = [...new Set(rows.flatMap(({ x }) => Object.keys(x)))];
  const left = [...names];
  for (;;) {
    const found = solve(rows, left);
    const worst = left
      .filter((name) => !signed.includes(name))
      .reduce<string | undefined>(
        (least, name) =>
          (found[name] ?? 0) < (least === undefined ? 0 : (found[least] ?? 0)) ? name : least,
        undefined,
      );
    if (worst === undefined)
      return Object.fromEntries(names.map((name) => [name, found[name] ?? 0]));
    left.splice(left.indexOf(worst), 1);
  }
}

/** The value of a linear law at a point. */
export function evaluate(
  coefficients: Readonly<Record<string, number>>,
  x: Readonly<Record<string, number>>,
): number {
  return Object.entries(coefficients).reduce(
    (sum, [name, value]) => sum + value * (x[name] ?? 0),
    0,
  );
}

function solve(rows: readonly Row[], names: readonly string[]): Record<string, number> {
  const matrix = names.map((a) => [
    ...names.map((b) => total(rows, ({ x }) => (x[a] ?? 0) * (x[b] ?? 0))),
    total(rows, ({ x, y }) => (x[a] ?? 0) * y),
  ]);
  eliminate(matrix);
  return Object.fromEntries(names.map((name, i) => [name, solution(matrix[i] ?? [], i)]));
}

function total(rows: readonly Row[], term: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + (row.weight ?? 1) * term(row), 0);
}

/** Gauss and Jordan, in place: one row for each unknown, the right side last. A column without a pivot stays without. */
function eliminate(matrix: number[][]): void {
  for (let i = 0; i < matrix.length; i++) {
    const column = matrix.slice(i).map((row) => Math.abs(row[i] ?? 0));
    const pivotAt = i + column.indexOf(Math.max(...column));
    const pivot = matrix[pivotAt] as number[];
    matrix[pivotAt] = matrix[i] as number[];
    matrix[i] = pivot;
    const lead = pivot[i] ?? 0;
    if (lead === 0) continue;
    for (const row of matrix) {
      if (row === pivot) continue;
      const factor = (row[i] ?? 0) / lead;
      for (let k = i; k < row.length; k++) row[k] = (row[k] ?? 0) - factor * (pivot[k] ?? 0);
    }
  }
}

function solution(row: readonly number[], i: number): number {
  const lead = row[i] ?? 0;
  return lead === 0 ? 0 : (row.at(-1) ?? 0) / lead;
}

/** From what was recorded to the model. Pure: the same recording makes the same model. */
import { BenchFailure } from '../frame/failure.ts';
import { LAW_NAMES, type LawName } from '../plan/law-names.ts';
import { evaluate, fitLeastSquares, type Row } from '../plan/least-squares.ts';
import { FORMAT, type Law, type ScaleModel } from '../plan/model.ts';
import { LAWS, type LawPlan, type Terms, toRow } from './laws.ts';
import type { Point, Recording } from './point.ts';

/** @throws BenchFailure when a law has no points to be fitted to */
export function fitModel({ run, points }: Recording): ScaleModel {
  const laws = fitLaws(points);
  const { date, machine, command, node, natsServer, jetlane } = run.environment;
  return {
    format: FORMAT,
    date,
    machine,
    command,
    size: run.size,
    node,
    natsServer,
    jetlane,
    laws,
    measuredUpTo: {
      sizeBytes: largest(points, 'sizeBytes'),
      services: largest(points, 'services'),
      subjects: largest(points, 'subjects'),
      ids: largest(points, 'ids'),
      consumers: largest(points, 'consumers'),
      filters: largest(points, 'filters'),
      connections: largest(points, 'connections'),
      streamPerSecond: fastest(points, 1),
      replicatedStreamPerSecond: fastest(points, 3),
    },
  };
}

/** What a law says of a point, beside what was found; `predicted` by the law that was fitted without the checked points. */
export interface Comparison {
  readonly point: Point;
  readonly measured: number;
  readonly predicted: number;
}

/** Each point that the law was checked on. */
export function compare(
  name: LawName,
  points: readonly Point[],
  laws: ScaleModel['laws'],
): readonly Comparison[] {
  const plan = LAWS.find((each) => each.name === name);
  if (plan === undefined) return [];
  const terms = termsOf(laws);
  return points.flatMap((point) => {
    const row = point.use === 'check' ? toRow(plan, point, terms) : undefined;
    if (row === undefined) return [];
    return [{ point, measured: row.y, predicted: evaluate(laws[name].terms, row.x) }];
  });
}

function fitLaws(points: readonly Point[]): ScaleModel['laws'] {
  const laws: Partial<Record<LawName, Law>> = {};
  for (const plan of LAWS) laws[plan.name] = fitLaw(plan, points, termsOf(laws));
  const missing = LAW_NAMES.filter((name) => laws[name] === undefined);
  if (missing.length > 0) throw new BenchFailure(`no plan for the laws ${missing.join(', ')}`);
  return laws as ScaleModel['laws'];
}

function fitLaw(plan: LawPlan, points: readonly Point[], before: Terms): Law {
  const rows = (use: Point['use']) =>
    points
      .filter((point) => point.use === use)
      .map((point) => toRow(plan, point, before))
      .filter((row): row is Row => row !== undefined);
  const fit = rows('fit');
  if (fit.length === 0)
    throw new BenchFailure(`the recording has no points for the law ${plan.name}: measure again`);
  const found = fitLeastSquares(fit, plan.signed ?? []);
  const terms = Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, Number(value.toPrecision(4))]),
  );
  const check = rows('check');
  const errors = check.map(({ x, y }) => Math.abs(evaluate(terms, x) - y) / Math.abs(y));
  errors.sort((a, b) => a - b);
  const rounded = (value: number | undefined) =>
    value === undefined ? null : Number(value.toFixed(3));
  return {
    gives: plan.gives,
    terms,
    fitted: fit.length,
    checked: check.length,
    errorMedian: rounded(middle(errors)),
    errorWorst: rounded(errors.at(-1)),
  };
}

/** Of sorted values. */
function middle(values: readonly number[]): number | undefined {
  const half = Math.floor(values.length / 2);
  const [low, high] = [values[half - 1], values[half]];
  return values.length % 2 === 1 || low === undefined || high === undefined
    ? high
    : (low + high) / 2;
}

function termsOf(laws: Partial<Record<LawName, Law>>): Terms {
  return Object.fromEntries(Object.entries(laws).map(([name, law]) => [name, law.terms]));
}

function largest(points: readonly Point[], name: string): number {
  return Math.max(1, ...points.map(({ at }) => at[name] ?? 0));
}

function fastest(points: readonly Point[], replicas: number): number {
  const rates = points
    .filter(({ experiment, at }) => experiment === 'flow' && at['replicas'] === replicas)
    .map(({ found }) => found['perSecond'] ?? 0);
  return Math.round(Math.max(1, ...rates));
}

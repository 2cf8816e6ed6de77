/** Troubles planned on the command line: `kill:fraud@5s,slow:eta@10s+8s,mend@20s,replay:fraud@22s`. */
import { toDurationMs } from '../run/duration.ts';
import { SERVICES, type ServiceName } from '../services/service-name.ts';
import { type TroubleOrder, TroubleRefused, toOrder } from './trouble.ts';

/** What happens at some time of a run. */
export type PlannedStep =
  | { readonly atMs: number; readonly do: 'trouble'; readonly order: TroubleOrder }
  /** Ends every trouble. */
  | { readonly atMs: number; readonly do: 'mend' }
  /** Sends the dead letters of a service back to it. */
  | { readonly atMs: number; readonly do: 'replay'; readonly service: ServiceName };

const STEPS_MAX = 50;
const AT_MS = 5000;
/** Before there are figures to compare with. */
const AT_MIN_MS = 2000;
const SHAPE = /^([a-z]+)(?::([a-z]+))?(?:@([\d.]+[a-z]+))?(?:\+([\d.]+[a-z]+))?$/;

/**
 * Reads a plan: steps with commas between, each `WHAT[:SERVICE][@WHEN][+FOR_HOW_LONG]`; without `@` after 5 s. In the order of time.
 *
 * @throws TroubleRefused with one sentence when a step is wrong
 */
export function toPlan(text: string): readonly PlannedStep[] {
  const steps = text.split(',').map((step) => toStep(step.trim()));
  if (steps.length > STEPS_MAX)
    throw new TroubleRefused(`${STEPS_MAX} troubles at most, not ${steps.length}`);
  return steps.sort((a, b) => a.atMs - b.atMs);
}

function toStep(step: string): PlannedStep {
  const [, what = '', name, at, length] = SHAPE.exec(step) ?? [];
  const atMs = at === undefined ? AT_MS : toDurationMs(at);
  const forMs = length === undefined ? undefined : toDurationMs(length);
  if (what === '' || atMs === undefined || (length !== undefined && forMs === undefined))
    throw new TroubleRefused(
      `"${step}" is no trouble: write them like kill:fraud@5s, slow:eta@10s+8s or mend@20s`,
    );
  if (atMs < AT_MIN_MS)
    throw new TroubleRefused(
      `"${step}": a trouble comes ${AT_MIN_MS / 1000} s into the run or later`,
    );
  if (what === 'mend') {
    if (name !== undefined || forMs !== undefined)
      throw new TroubleRefused(`"${step}": mend ends every trouble, and takes a time only`);
    return { atMs, do: 'mend' };
  }
  if (what === 'replay') {
    const service = SERVICES.find((one) => one === name);
    if (service === undefined || forMs !== undefined)
      throw new TroubleRefused(`"${step}": replay is for one of ${SERVICES.join(', ')}`);
    return { atMs, do: 'replay', service };
  }
  return { atMs, do: 'trouble', order: toOrder({ kind: what, service: name, forMs }) };
}

/** What the product is to reach, each as a ratio ours ÷ theirs within one run, and the floor below which it is broken. Pure. */

/** The ratios of the guard, by the names of its JSON line. */
export const RATIOS = [
  'publishVsIdiomatic',
  'publishVsCeiling',
  'workerVsIterator',
  'workerVsBareCallback',
  'e2e20kVsIdiomaticP50',
  'e2e1kVsCoreP50',
  'fastIngestVsWindow',
  'r3VsR1',
  'cpuPublishVsIdiomatic',
  'cpuWorkVsIterator',
] as const;

/** One of them. */
export type RatioName = (typeof RATIOS)[number];

/** A goal. */
export interface Goal {
  readonly name: RatioName | 'heapGrowth';
  /** What is divided by what. */
  readonly words: string;
  readonly goal: number;
  readonly better: 'higher' | 'lower';
}

/** What was measured: null where it could not be. */
export type Measured = Readonly<Record<Goal['name'], number | null>>;

/** A goal, and how far from it we are. */
export interface Judged extends Goal {
  readonly value: number | null;
  readonly floor: number;
  readonly verdict: 'goal reached' | 'above the floor' | 'BELOW THE FLOOR' | 'not measured';
}

/** Share of a goal that has to hold on any machine; limits are divided by it. */
const FLOOR_SHARE = 0.7;

/** All of them. */
export const GOALS: readonly Goal[] = [
  higher('publishVsIdiomatic', 5, 'client.publish ÷ js.publish, rate'),
  higher('publishVsCeiling', 0.55, 'client.publish ÷ unconfirmed core publish, rate'),
  higher('workerVsIterator', 2.8, 'worker ÷ iterator with the same work, rate'),
  higher('workerVsBareCallback', 0.85, 'worker ÷ callback that only acks, rate'),
  lower('e2e20kVsIdiomaticP50', 0.1, 'publish to worker ÷ js.publish to iterator at 20,000/s, p50'),
  lower('e2e1kVsCoreP50', 1.4, 'publish to worker ÷ core NATS at 1,000/s, p50'),
  higher('fastIngestVsWindow', 1.1, 'publishAll by fast ingest ÷ by our own window, rate'),
  higher('r3VsR1', 0.4, 'client.publish to R3 ÷ to R1 on three servers of this machine, rate'),
  lower('cpuPublishVsIdiomatic', 0.12, 'client.publish ÷ js.publish, client CPU a message'),
  lower('cpuWorkVsIterator', 0.5, 'worker ÷ iterator with the same work, client CPU a message'),
  lower('heapGrowth', 1.05, 'heap after all messages ÷ after the first of them'),
];

/** The floor of a goal. */
export function floorOf({ goal, better }: Pick<Goal, 'goal' | 'better'>): number {
  return better === 'higher' ? goal * FLOOR_SHARE : goal / FLOOR_SHARE;
}

/** Holds what was measured against all goals. What was not measured has not passed. */
export function judge(measured: Measured): { readonly judged: Judged[]; readonly ok: boolean } {
  const judged = GOALS.map((goal) => {
    const value = measured[goal.name];
    return { ...goal, value, floor: floorOf(goal), verdict: verdictOf(goal, value) };
  });
  const ok = judged.every(
    ({ verdict }) => verdict === 'goal reached' || verdict === 'above the floor',
  );
  return { judged, ok };
}

function verdictOf(goal: Goal, value: number | null): Judged['verdict'] {
  if (value === null || !Number.isFinite(value)) return 'not measured';
  const reaches = (limit: number) => (goal.better === 'higher' ? value >= limit : value <= limit);
  if (reaches(goal.goal)) return 'goal reached';
  return reaches(floorOf(goal)) ? 'above the floor' : 'BELOW THE FLOOR';
}

function higher(name: Goal['name'], goal: number, words: string): Goal {
  return { name, goal, words, better: 'higher' };
}

function lower(name: Goal['name'], goal: number, words: string): Goal {
  return { name, goal, words, better: 'lower' };
}

/**
 * Two or more sides that take turns: A B C, A B C, …, so that what the machine does meanwhile happens to all of them. A ratio
 * is the median of the ratios within single rounds; absolute figures of different rounds are never divided.
 */

/** What one side did in one round. */
export type Figures = Readonly<Record<string, number>>;

/** What all sides did in one round, by side. */
export type Round = Readonly<Record<string, Figures>>;

/** Which figure of which two sides. */
export interface RatioOf {
  readonly ours: string;
  readonly theirs: string;
  readonly figure: string;
}

/** Plays rounds, the sides one after another in each. `before` is awaited ahead of each turn, and may reject. */
export async function playRounds(
  rounds: number,
  sides: Readonly<Record<string, () => Promise<Figures>>>,
  before: (round: number, side: string) => Promise<void> | void,
): Promise<Round[]> {
  const played: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    const figures: Record<string, Figures> = {};
    for (const [side, play] of Object.entries(sides)) {
      await before(round, side);
      figures[side] = await play();
    }
    played.push(figures);
  }
  return played;
}

/** Ours divided by theirs, the median over the rounds; null when no round has both. */
export function ratio(rounds: readonly Round[], { ours, theirs, figure }: RatioOf): number | null {
  const ratios = rounds
    .map((round) => (round[ours]?.[figure] ?? Number.NaN) / (round[theirs]?.[figure] ?? Number.NaN))
    .filter(Number.isFinite);
  return ratios.length === 0 ? null : median(ratios);
}

/** One figure of one side over the rounds: the median, and the range. */
export function spread(
  rounds: readonly Round[],
  side: string,
  figure: string,
): { readonly median: number; readonly min: number; readonly max: number } | null {
  const values = rounds.map((round) => round[side]?.[figure] ?? Number.NaN).filter(Number.isFinite);
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** The value in the middle; the mean of the two in the middle when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

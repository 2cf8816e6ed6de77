/** What the panel knows, gathered from the live connection and from the desk. Bounded: the chart's last minutes. */
import type {
  LatencyMs,
  SecondPoint,
  StoryAction,
  StoryAnswer,
  StoryFigures,
  StorySession,
} from '../figures.ts';
import { askAction, askSession } from './desk.ts';

/** Everything that is shown. */
export interface StoryState {
  /** Undefined: none came yet. */
  readonly figures: StoryFigures | undefined;
  /** Undefined: not asked yet, or nobody answered. */
  readonly session: StorySession | undefined;
  readonly linked: boolean;
  /** The action that is on its way. */
  readonly asking: StoryAction | undefined;
  /** What became of the last action; undefined once another is on its way. */
  readonly answer: StoryAnswer | undefined;
}

/** Five minutes, as much as the gateway remembers. */
const POINTS_MAX = 300;

/** See the head of this file. */
export class StoryStore {
  state: StoryState = {
    figures: undefined,
    session: undefined,
    linked: false,
    asking: undefined,
    answer: undefined,
  };
  /** Seconds of the chart, oldest first. */
  points: readonly SecondPoint[] = [];
  readonly #listeners = new Set<() => void>();
  #learned = false;

  /** Calls back after every change, until the result is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Another second. One that is earlier than the last is of another run, which begins anew. */
  hear(figures: StoryFigures): void {
    const { runS, secondMs, floorMs, services } = figures;
    const each: [string, LatencyMs][] = Object.entries(services).map(([name, service]) => [
      name,
      service.secondMs,
    ]);
    const point = { runS, all: secondMs, floor: floorMs, services: Object.fromEntries(each) };
    const last = this.points.at(-1);
    const before = last && last.runS > runS ? [] : this.points;
    this.points = [...before, point].slice(-POINTS_MAX);
    this.#change({ figures });
    if (this.#learned) return;
    this.#learned = true;
    void this.#learn();
  }

  /** The connection came or went. Whoever serves it then may be another run: with its first figures it is asked what this page may do. */
  linked(linked: boolean): void {
    if (!linked) this.#learned = false;
    this.#change({ linked });
  }

  /** Asks for an action; one at a time. */
  async act(action: StoryAction): Promise<void> {
    const { session, asking } = this.state;
    if (asking || !session?.token) return;
    this.#change({ asking: action, answer: undefined });
    const { status, ...answer } = await askAction(session.token, action);
    this.#change({ asking: undefined, answer });
    if (status === 403) await this.#learn(); // the token may be of an earlier run
  }

  async #learn(): Promise<void> {
    const session = await askSession().catch(() => undefined);
    if (!session) {
      this.#learned = false; // with the next figures it is asked again, or no button would ever be of use
      return;
    }
    const [first] = this.points;
    const missed = session.history.filter(({ runS }) => !first || runS < first.runS);
    if (first === undefined || missed.length > 0) {
      this.points = [...missed, ...this.points].slice(-POINTS_MAX);
    }
    this.#change({ session });
  }

  #change(change: Partial<StoryState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

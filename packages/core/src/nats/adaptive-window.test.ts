import { describe, expect, it } from 'vitest';
import { AdaptiveWindow, type Favor, windowProblems } from './adaptive-window.ts';

/** A server that answers `perMs` messages a millisecond, `baseMs` after they reach it; a window that is always full. */
interface Line {
  readonly baseMs: number;
  readonly perMs: number;
}

/** How long an ack takes with so many in flight: the round trip, or the line of those before it. */
const ackMs = ({ baseMs, perMs }: Line, inFlight: number) => Math.max(baseMs, inFlight / perMs);

class Simulation {
  readonly window: AdaptiveWindow;
  #seed = 1;
  #nowMs = 0;

  constructor(favor: Favor, bounds: { min?: number; max?: number } = {}) {
    this.window = new AdaptiveWindow({ favor, ...bounds });
  }

  /** Publishes for a while, as fast as the window allows. The result is the mean of its sizes. */
  run(line: Line, forMs: number, { jitter = 0.2, busy = true } = {}): number {
    const endMs = this.#nowMs + forMs;
    let sum = 0;
    let count = 0;
    while (this.#nowMs < endMs) {
      const { limit } = this.window;
      const tookMs = ackMs(line, busy ? limit : 1) * (1 + jitter * (this.#dice() - 0.5));
      const sentMs = this.#nowMs;
      this.#nowMs += tookMs;
      if (busy) this.window.filled();
      this.window.note(sentMs, this.#nowMs);
      sum += limit * tookMs;
      count += tookMs;
    }
    return sum / count;
  }

  /** The same numbers in every run. */
  #dice(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }
}

const LOCAL: Line = { baseMs: 0.13, perMs: 100 };

describe('an adaptive window', () => {
  it('comes to a size between latency and throughput, as the dial says', () => {
    const sizes = (['latency', 'balanced', 'throughput'] as const).map((favor) => {
      const simulation = new Simulation(favor);
      simulation.run(LOCAL, 2_000);
      return simulation.run(LOCAL, 5_000);
    });
    const [latency, balanced, throughput] = sizes as [number, number, number];
    // Sixteen take 0.16 ms here: twice, eight and 32 times that.
    expect(latency).toBeGreaterThan(20);
    expect(latency).toBeLessThan(45);
    expect(balanced).toBeGreaterThan(80);
    expect(balanced).toBeLessThan(180);
    expect(throughput).toBeGreaterThan(320);
    expect(throughput).toBeLessThan(720);
  });

  it('fills a long line, where a small window would leave the server idle', () => {
    const simulation = new Simulation('latency');
    simulation.run({ baseMs: 40, perMs: 20 }, 20_000);
    // As many as the line holds: 800.
    expect(simulation.run({ baseMs: 40, perMs: 20 }, 20_000)).toBeGreaterThan(600);
  });

  it('stays within its bounds', () => {
    const simulation = new Simulation('throughput', { min: 4, max: 50 });
    simulation.run({ baseMs: 100, perMs: 1_000 }, 60_000);
    expect(simulation.window.limit).toBe(50);
    const floor = new Simulation('latency', { min: 30, max: 30 });
    floor.run(LOCAL, 30_000);
    expect(floor.window.limit).toBe(30);
  });

  it('shrinks when the server slows down, and grows again when it recovers', () => {
    const simulation = new Simulation('balanced');
    const before = simulation.run(LOCAL, 5_000);
    simulation.run({ baseMs: 0.13, perMs: 2 }, 900);
    expect(simulation.window.limit).toBeLessThan(before / 2);
    simulation.run(LOCAL, 30_000);
    expect(simulation.run(LOCAL, 10_000)).toBeGreaterThan(before / 2);
  });

  it('takes a way that has become longer for what it is', () => {
    const simulation = new Simulation('latency');
    simulation.run({ baseMs: 5, perMs: 100 }, 30_000);
    simulation.run({ baseMs: 50, perMs: 100 }, 60_000);
    expect(simulation.run({ baseMs: 50, perMs: 100 }, 30_000)).toBeGreaterThan(1_000);
  });

  it('does not grow while nobody needs it', () => {
    const simulation = new Simulation('throughput');
    simulation.run(LOCAL, 5_000, { busy: false });
    expect(simulation.window.limit).toBe(16);
    expect(simulation.window.ackMs).toBeCloseTo(0.13, 1);
  });
});

describe('windowProblems', () => {
  it.each([undefined, 1, 256, { favor: 'latency' }, { favor: 'balanced', min: 1, max: 1 }])(
    'finds none in %j',
    (given) => expect(windowProblems(given)).toEqual([]),
  );

  it.each([
    [0, /whole number from 1/],
    [1.5, /whole number/],
    ['many', /whole number/],
    [null, /not null/],
    [{}, /favor.*not undefined/],
    [{ favor: 'speed' }, /'latency', 'balanced' or 'throughput', not 'speed'/],
    [{ favor: 'latency', min: 0 }, /bounds of whole numbers/],
    [{ favor: 'latency', min: 9, max: 8 }, /\(9\) must not be more/],
    [{ favor: 'latency', min: 5_000 }, /\(5000\) must not be more .* \(4096\)/],
    [{ favor: 'latency', top: 1 }, /maxInFlight\.top/],
  ])('names what is wrong with %j', (given, words) => {
    expect(windowProblems(given).join('\n')).toMatch(words);
  });
});

import { describe, expect, it } from 'vitest';
import { untilQuiet } from './until-quiet.ts';

/** A server that has used so much CPU by each look; the last one stands. */
function serverOf(usedUs: readonly (number | undefined)[], signal = new AbortController().signal) {
  const said: string[] = [];
  let looks = 0;
  return {
    signal,
    said,
    looks: () => looks,
    say: (line: string) => void said.push(line),
    serverCpuUs: () => usedUs[Math.min(looks++, usedUs.length - 1)],
  };
}

describe('waiting for a quiet server', () => {
  it('ends when it has used next to nothing between two looks', async () => {
    const server = serverOf([0, 150_000, 290_000, 300_000, 900_000]);
    await untilQuiet(server);
    expect([server.looks(), server.said]).toEqual([4, []]);
  });

  it('does not begin where nobody knows what it uses', async () => {
    const server = serverOf([undefined]);
    await untilQuiet(server);
    expect([server.looks(), server.said]).toEqual([1, []]);
  });

  it('ends when the run is interrupted', async () => {
    const server = serverOf([0, 150_000, 300_000, 450_000], AbortSignal.abort());
    await untilQuiet(server);
    expect([server.looks(), server.said]).toEqual([2, []]);
  });

  it('goes on after a while, and says so', async () => {
    const server = serverOf([0, 150_000]);
    await untilQuiet(server, 0);
    expect(server.said).toEqual([
      'nats-server still took 75 % of a core 0 s after the turn before: what is measured next may pay for it',
    ]);
  });
});

import { connect, event, on, stream, worker } from '@jetlane/core';
import { startServer } from '@jetlane/devserver';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { start, until } from './cli.ts';

const LETTERS = 2_000;
const KILLS_MIN = 5;
const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

/** On a workqueue what was handled is gone, and after a restart so is its id: what a replay remembers has to outlast both. */
it('loses and doubles nothing however often a replay is killed and its server restarted', async () => {
  await using server = await startServer();
  const seed = Date.now() % 1_000_000;
  const random = lcg(seed);
  const Billed = event('Billed', { subject: 'bills.{id}', schema: z.object({ id: z.string() }) });
  const Bills = stream('BILLS', {
    subjects: ['bills.*'],
    messages: [Billed],
    retention: 'workqueue',
    dedupeWindow: '100ms',
  });
  let refusing = true;
  /** Positions in the stream at which each message was handled: two of them are a double. */
  const handled = new Map<string, Set<number>>();
  const billing = worker('billing', { from: Bills }, [
    on(Billed, ({ id, seq }, { reject }) => {
      if (refusing) reject('not yet');
      handled.set(id, (handled.get(id) ?? new Set()).add(seq));
    }),
  ]);
  await using client = await connect({ servers: server.url });
  await client.start(billing);
  const ids = Array.from({ length: LETTERS }, (_, index) => `b-${index}`);
  await client.publish(ids.map((id) => Billed({ id }, { id })));
  const waiting = async () =>
    (await client.deadLetters.summary()).reduce((sum, { count }) => sum + count, 0);
  await until(
    async () => (await waiting()) === LETTERS,
    () => 'not buried',
  );
  refusing = false;

  let kills = 0;
  while ((await waiting()) > 0) {
    const aim = handled.size + 1 + Math.floor(random() * 250);
    const replay = start(['dlq', 'replay', '--worker', 'billing'], {
      env: { NATS_URL: server.url },
    });
    let ended = false;
    void replay.done.then(() => {
      ended = true;
    });
    await until(
      () => ended || handled.size >= Math.min(aim, LETTERS),
      () => `${handled.size} handled, not ${aim}`,
    );
    if (!ended) kills += 1;
    replay.child.kill(SIGNALS[Math.floor(random() * SIGNALS.length)]);
    if (random() < 0.3) await server.restart();
    await replay.done;
  }
  await until(
    () => handled.size === LETTERS,
    () => `${handled.size} of ${LETTERS} handled (seed ${seed})`,
  );
  const doubled = [...handled].filter(([, seqs]) => seqs.size > 1);
  expect({ seed, doubled }).toEqual({ seed, doubled: [] });
  expect([...handled.keys()].sort()).toEqual([...ids].sort());
  expect(kills).toBeGreaterThanOrEqual(KILLS_MIN);
}, 120_000);

/** Small, seeded, good enough to choose moments. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

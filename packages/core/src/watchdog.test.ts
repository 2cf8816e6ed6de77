import { event, stream } from '@jetlane/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../test/until.ts';
import { type BlockEvent, diagnostics } from './diagnostics.ts';
import { memory } from './memory/memory.ts';
import { Watchdog } from './watchdog.ts';
import { type Context, on, type Result } from './worker/handler.ts';
import { worker } from './worker/worker.ts';

const schema = z.object({ key: z.string() });
const Sent = event('Sent', { subject: 'sent.{key}', schema });
const Made = event('Made', { subject: 'made.{key}', schema });
const Stream = stream('WATCHED', { subjects: ['sent.>', 'made.>'], messages: [Sent, Made] });

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Two workers, so that the culprit is one of two. */
async function started(handle: (context: Context) => Result | Promise<Result>) {
  const client = memory();
  open.push(() => client.close({ timeout: '1s' }));
  await client.start(
    worker('blocking', { from: Stream, ackWait: '300ms' }, [on(Sent, (_, c) => handle(c))]),
    worker('idle', { from: Stream, ackWait: '1m' }, [on(Made, () => {})]),
  );
  return client;
}

function blocks(): BlockEvent[] {
  const seen: BlockEvent[] = [];
  const listen = (told: unknown) => seen.push(told as BlockEvent);
  diagnostics.block.subscribe(listen);
  open.push(() => diagnostics.block.unsubscribe(listen));
  return seen;
}

function blockFor(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs; );
}

describe('a watchdog', () => {
  it('names the handler that blocked the event loop, although others were called after it', async () => {
    const seen = blocks();
    let calls = 0;
    const client = await started(() => {
      if (calls++ === 0) blockFor(400);
    });
    await client.publish([Sent({ key: 'a' }), Sent({ key: 'b' }), Made({ key: 'c' })]);
    // A busy machine may stand still at other times too.
    await until('the report', () => seen.some(({ blocking }) => blocking !== undefined));
    const report = seen.find(({ blocking }) => blocking !== undefined);
    expect(report?.blocking).toEqual({ worker: 'blocking', types: ['Sent'] });
    expect(report?.durationMs).toBeGreaterThan(100);
  });

  it('names what ran when the loop was blocked after an await', async () => {
    const seen = blocks();
    let finish = () => {};
    const client = await started(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      blockFor(400);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    await client.publish(Sent({ key: 'a' }));
    await until('the report', () => seen.some(({ running }) => running.length > 0));
    finish();
    const report = seen.find(({ running }) => running.length > 0);
    expect(report?.blocking).toBeUndefined();
    expect(report?.running).toEqual([{ worker: 'blocking', types: ['Sent'] }]);
  });

  it('warns once where nobody listens', async () => {
    const warnings: string[] = [];
    const note = (warning: Error) => {
      if ((warning as { code?: string }).code === 'JETLANE_LOOP_BLOCKED')
        warnings.push(warning.message);
    };
    process.on('warning', note);
    open.push(() => process.off('warning', note));
    const client = await started(() => blockFor(300));
    for (const key of ['a', 'b', 'c']) {
      await client.publish(Sent({ key }));
      await client.idle();
    }
    await until('the warning', () => warnings.length > 0);
    expect(warnings).toEqual([
      expect.stringMatching(/^the event loop stood still for \d+ ms while/),
    ]);
  });

  it('gives a time before a block while what arrived in it is read', async () => {
    const watchdog = new Watchdog();
    open.push(() => watchdog.stop());
    watchdog.watch({ ackWaitMs: 3_000, running: () => undefined });
    const beganMs = performance.now();
    blockFor(400);
    // Timers come before what the network brought.
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(watchdog.beforeMs).toBeLessThanOrEqual(beganMs);
  });

  it('does not keep a process alive, nor look when nobody is watched', () => {
    const watchdog = new Watchdog();
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    watchdog.watch({ ackWaitMs: 300, running: () => undefined })();
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    expect(after).toBe(before);
  });
});

/**
 * One process of one service: `node service-process.js NAME SERVER_URL`, forked by the demo. Runs
 * the service's app, reports its meter over the channel to the parent, drains on SIGTERM, and ends
 * by itself when the parent is gone.
 */
import { connect, JetlaneError } from '@jetlane/core';
import { meter } from './services/meter.ts';
import { loadService, type ServiceMessage, type ServiceName } from './services/service.ts';

const REPORT_EVERY_MS = 250;
const DRAIN = '15s';

const [name, servers] = process.argv.slice(2) as [ServiceName, string];
const tell = (message: ServiceMessage) =>
  new Promise<void>((resolve) => {
    if (!process.connected || !process.send) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });

try {
  const takeReport = meter(name);
  const client = await connect({ servers, source: name });
  await client.start(await loadService(name));
  const timer = setInterval(
    () => void tell({ kind: 'report', report: takeReport() }),
    REPORT_EVERY_MS,
  );
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await client.close({ timeout: DRAIN });
    clearInterval(timer);
    await tell({ kind: 'report', report: takeReport() });
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => {}); // a terminal's Ctrl-C reaches all; the parent decides when to stop
  process.on('disconnect', () => void stop());
  await tell({ kind: 'ready' });
} catch (error) {
  const known = error instanceof JetlaneError;
  await tell({ kind: 'failed', message: known ? error.message : String((error as Error).stack) });
  process.exit(1);
}

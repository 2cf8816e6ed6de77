/** A nats-server for `jetlane worker --dev-server`: the one that answers already, else one of its own. */
import { connect } from 'node:net';
import { type Server, startServer } from '@jetlane/devserver';
import type { ServerOptions } from '../connection/connect-options.ts';
import { usageFailure } from '../failure.ts';
import { fetchView } from '../terminal/fetch-view.ts';

const LOCAL: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
const PORT = 4222;
const ANSWER_MS = 1000;

/**
 * Starts a nats-server at the address that workers are to use, when nobody listens there; its streams go with it. Undefined: somebody
 * does. Throws a usage failure for an address of another machine.
 */
export async function devServer({ servers = [] }: ServerOptions): Promise<Server | undefined> {
  const [first = `nats://127.0.0.1:${PORT}`, ...others] = [servers].flat();
  const { hostname, port } = new URL(first);
  if (others.length > 0 || !LOCAL.has(hostname))
    throw usageFailure(
      `--dev-server starts a server on this machine, and ${[servers].flat().join(', ')} is not: leave it out`,
    );
  const at = { host: hostname === '[::1]' ? '::1' : '127.0.0.1', port: Number(port || PORT) };
  if (await answers(at)) return undefined;
  const view = fetchView(process.stderr);
  const log = (line: string) => view.log(line);
  return startServer({ ...at, log, progress: (step) => view.progress(step) }).finally(() =>
    view.end(),
  );
}

function answers(at: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...at, timeout: ANSWER_MS });
    const end = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

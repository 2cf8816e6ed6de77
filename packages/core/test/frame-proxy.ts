/** Stands between a client and a server, reads the NATS protocol, and lets a test drop single messages. */
import { createServer, connect as dial, type Socket } from 'node:net';

/** A message on its way. */
export interface Frame {
  readonly subject: string;
  readonly reply: string;
  readonly payload: string;
}

/** What a test decides, and counts. */
export interface FrameFilter {
  /** Whether to drop what a client publishes. */
  toServer?: (frame: Frame) => boolean;
  /** Whether to drop what the server delivers. */
  toClient?: (frame: Frame) => boolean;
}

/** A running proxy. */
export interface FrameProxy {
  readonly url: string;
  /** May be changed at any time. */
  readonly filter: FrameFilter;
  /** Drops all connections. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a proxy that drops nothing yet. */
export async function startFrameProxy(target: { readonly port: number }): Promise<FrameProxy> {
  const filter: FrameFilter = {};
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = dial(target.port, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    pass(client, server, (frame) => filter.toServer?.(frame) ?? false);
    pass(server, client, (frame) => filter.toClient?.(frame) ?? false);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `nats://127.0.0.1:${(listener.address() as { port: number }).port}`,
    filter,
    cut,
    async close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      cut();
      await closed;
    },
  };
}

function pass(from: Socket, to: Socket, drops: (frame: Frame) => boolean): void {
  let waiting = Buffer.alloc(0);
  from.on('data', (chunk: Buffer) => {
    let rest = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    for (;;) {
      const found = first(rest);
      if (found === undefined) break;
      const { end, frame } = found;
      if (frame === undefined || !drops(frame)) to.write(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    waiting = Buffer.from(rest);
  });
}

/** The first whole piece of protocol; undefined where it has not all come. */
function first(bytes: Buffer): { readonly end: number; readonly frame?: Frame } | undefined {
  const eol = bytes.indexOf('\r\n');
  if (eol < 0) return undefined;
  const words = bytes.toString('latin1', 0, eol).split(' ');
  const operation = words[0]?.toUpperCase() ?? '';
  if (!['PUB', 'HPUB', 'MSG', 'HMSG'].includes(operation)) return { end: eol + 2 };
  const sizes = operation.startsWith('H') ? 2 : 1;
  const total = Number(words.at(-1));
  const end = eol + 2 + total + 2;
  if (bytes.length < end) return undefined;
  const names = words.slice(1, words.length - sizes);
  // A delivery has the number of its subscription between subject and reply.
  const [subject = '', ...others] = names;
  const reply = (operation.endsWith('MSG') ? others.slice(1) : others)[0] ?? '';
  const head = sizes === 2 ? Number(words.at(-2)) : 0;
  return {
    end,
    frame: { subject, reply, payload: bytes.toString('latin1', eol + 2 + head, end - 2) },
  };
}

/** JSON over HTTP between services, as fast as Node's own module is: connections are kept. */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Order } from './order.ts';

/** A service that listens. */
export interface HttpService {
  readonly url: string;
  close(): void;
}

/** Answers each POST with the status that `handle` gives; 500 when it throws. */
export async function serveHttp(handle: (order: Order) => Promise<number>): Promise<HttpService> {
  const server = createServer((incoming, answer) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (text: string) => {
      body += text;
    });
    incoming.on('end', () => {
      const status = Promise.resolve(body).then((text) => handle(JSON.parse(text) as Order));
      void status
        .catch(() => 500)
        .then((code) => {
          answer.writeHead(code, { 'content-type': 'application/json' });
          answer.end(`{"status":${code}}`);
        });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** How a caller treats a service that fails. */
export interface CallPolicy {
  readonly timeoutMs: number;
  /** After the first attempt. */
  readonly retries: number;
}

const FIRST_DELAY_MS = 50;
const agent = new Agent({ keepAlive: true, maxSockets: 2_000 });

/** Posts an order, again when the service fails or is silent. Resolves with the status; rejects when all attempts failed. */
export async function call(url: string, order: Order, policy: CallPolicy): Promise<number> {
  const body = JSON.stringify(order);
  for (let attempt = 0; ; attempt++) {
    const status = await post(url, body, attempt, policy.timeoutMs).catch(() => 0);
    if (status >= 200 && status < 300) return status;
    if (attempt >= policy.retries) throw new Error(`${url} failed ${attempt + 1} times`);
    await delay(FIRST_DELAY_MS * 2 ** attempt);
  }
}

/** Ends the connections that `call` keeps. */
export function closeConnections(): void {
  agent.destroy();
}

function post(url: string, body: string, attempt: number, timeout: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-attempt': attempt + 1,
    };
    const asked = request(url, { method: 'POST', agent, headers, timeout }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', reject);
    });
    asked.once('timeout', () => asked.destroy(new Error('timeout')));
    asked.once('error', reject);
    asked.end(body);
  });
}

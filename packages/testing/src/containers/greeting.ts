/** What a nats-server says first on a connection: it says so when clients can use it, JetStream included. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What is read of it. */
export interface Greeting {
  /** Of nats-server. */
  readonly version: string;
  readonly jetstream: boolean;
}

const POLL_MS = 50;
const TRY_TIMEOUT_MS = 2_000;
const GREETING_MAX_BYTES = 64 * 1024;

/** Waits until a server greets. Rejects, saying why the last try failed, when none has by then. */
export async function greeting(host: string, port: number, deadlineMs: number): Promise<Greeting> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await greetingOnce(host, port);
    } catch (cause) {
      if (performance.now() > endMs) {
        const reason = (cause as Error).message;
        throw new Error(`nothing greets at ${host}:${port} within ${deadlineMs} ms (${reason})`, {
          cause,
        });
      }
      await delay(POLL_MS);
    }
  }
}

function greetingOnce(host: string, port: number): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ host, port });
    const end = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.setEncoding('utf8');
    socket.setTimeout(TRY_TIMEOUT_MS, () => end(() => reject(new Error('it says nothing'))));
    socket.on('error', (error) => end(() => reject(error)));
    // Docker takes connections before the container does, and ends them.
    socket.on('close', () => reject(new Error('the connection ended')));
    socket.on('data', (data: string) => {
      text += data;
      const line = /^INFO (.*)\r\n/.exec(text)?.[1];
      if (line !== undefined) end(() => settleWith(line, resolve, reject));
      else if (text.length > GREETING_MAX_BYTES)
        end(() => reject(new Error('no NATS speaks there')));
    });
  });
}

function settleWith(
  line: string,
  resolve: (greeting: Greeting) => void,
  reject: (error: Error) => void,
): void {
  try {
    const { version, jetstream = false } = JSON.parse(line) as Partial<Greeting>;
    if (typeof version === 'string') resolve({ version, jetstream });
    else reject(new Error('its greeting has no version'));
  } catch (error) {
    reject(error as Error);
  }
}

/**
 * The few words of NATS that tell whether a server is ready, over a plain socket: read INFO, ask JetStream
 * for the account's information, read one answer. No client library: this package depends on nothing.
 */
import { connect } from 'node:net';

/** What a server says about itself when a client connects (the fields used here). */
export interface ServerInfo {
  readonly server_id: string;
  readonly server_name: string;
  readonly version: string;
  readonly jetstream?: boolean;
  readonly tls_required?: boolean;
}

/** What came back from a server. */
export interface Probe {
  readonly info: ServerInfo;
  /** `'answered'`: the account has JetStream; `'refused'`: these credentials do not tell; `'absent'`: no answer. */
  readonly jetstream: 'answered' | 'refused' | 'absent';
}

const INBOX = '_INBOX.jetlane.probe';
const CONNECT = JSON.stringify({
  verbose: false,
  headers: true,
  no_responders: true,
  lang: 'node',
  name: 'jetlane-devserver',
  version: '0',
});
const ASK = `CONNECT ${CONNECT}\r\nSUB ${INBOX} 1\r\nPUB $JS.API.INFO ${INBOX} 0\r\n\r\n`;

/** Connects once to `host:port` and asks; rejects when no INFO came within `timeoutMs`. */
export function probe(host: string, port: number, timeoutMs: number): Promise<Probe> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = '';
    let info: ServerInfo | undefined;
    const finish = (jetstream: Probe['jetstream'], cause?: Error) => {
      clearTimeout(timer);
      socket.destroy();
      if (info) resolve({ info, jetstream });
      else reject(cause ?? new Error(`no NATS greeting from ${host}:${port} in ${timeoutMs} ms`));
    };
    const timer = setTimeout(() => finish('absent'), timeoutMs);
    socket.on('error', (cause) => finish('absent', cause));
    socket.on('close', () => finish('absent'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (info === undefined) {
        const greeting = /^INFO (\{.*\}) *\r\n/.exec(text);
        if (greeting === null) return;
        info = JSON.parse(greeting[1] ?? '{}') as ServerInfo;
        text = text.slice(greeting[0].length);
        if (info.tls_required) return finish('refused');
        socket.write(ASK);
      }
      const verdict = readAnswer(text);
      if (verdict !== undefined) finish(verdict);
    });
  });
}

/** What the server's text says so far; undefined when the answer is not there yet. */
export function readAnswer(text: string): Probe['jetstream'] | undefined {
  if (/^-ERR '(Authorization|Authentication|User Auth)/im.test(text)) return 'refused';
  // No responders: this account has no JetStream (yet).
  if (/^NATS\/1\.0 503/m.test(text)) return 'absent';
  const message = new RegExp(`^MSG ${INBOX} 1 (\\d+)\\r\\n`, 'm').exec(text);
  if (message === null) return undefined;
  const body = text.slice(message.index + message[0].length);
  if (body.length < Number(message[1])) return undefined;
  return /"error" *:/.test(body) ? 'absent' : 'answered';
}

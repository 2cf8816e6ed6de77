/**
 * One request to a NATS server over a plain socket: read INFO, ask, read one answer. It is all that is needed
 * to tell whether a server is ready, and it keeps a client library out of this package.
 */
import { connect } from 'node:net';

/** What a server says about itself when a client connects (the fields used here). */
interface ServerInfo {
  readonly server_id: string;
  readonly jetstream?: boolean;
  readonly tls_required?: boolean;
}

/** What came back from a server. */
export interface Answer {
  readonly info: ServerInfo;
  /** The body of the reply; undefined when none came in time or nobody answers this subject. */
  readonly reply: string | undefined;
  /** True when the server does not let a client without credentials in. */
  readonly refused: boolean;
}

/** What to ask, and how long to wait for it. */
export interface Question {
  readonly subject: string;
  readonly body?: string;
  readonly timeoutMs: number;
}

const INBOX = '_INBOX.jetlane.devserver';
const CONNECT = JSON.stringify({
  verbose: false,
  headers: true,
  no_responders: true,
  lang: 'node',
  name: 'jetlane-devserver',
  version: '0',
});

/** Connects once to `host:port` and asks. Rejects when no INFO came within the time. */
export function ask(host: string, port: number, question: Question): Promise<Answer> {
  const { subject, body = '', timeoutMs } = question;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = '';
    let info: ServerInfo | undefined;
    const finish = (reply: string | undefined, refused = false, cause?: Error) => {
      clearTimeout(timer);
      socket.destroy();
      if (info) resolve({ info, reply, refused });
      else reject(cause ?? new Error(`no NATS greeting from ${host}:${port} in ${timeoutMs} ms`));
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    socket.on('error', (cause) => finish(undefined, false, cause));
    socket.on('close', () => finish(undefined));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (info === undefined) {
        const greeting = /^INFO (\{.*\}) *\r\n/.exec(text);
        if (greeting === null) return;
        info = JSON.parse(greeting[1] ?? '{}') as ServerInfo;
        text = text.slice(greeting[0].length);
        if (info.tls_required) return finish(undefined, true);
        socket.write(
          `CONNECT ${CONNECT}\r\nSUB ${INBOX} 1\r\nPUB ${subject} ${INBOX} ${Buffer.byteLength(body)}\r\n${body}\r\n`,
        );
      }
      const answer = readAnswer(text);
      if (answer !== undefined) finish(answer.reply, answer.refused);
    });
  });
}

/** What the server's text after INFO says so far; undefined when the answer is not complete. */
export function readAnswer(text: string): Omit<Answer, 'info'> | undefined {
  if (/^-ERR '(Authorization|Authentication|User Auth|Permissions)/im.test(text)) {
    return { reply: undefined, refused: true };
  }
  if (/^NATS\/1\.0 503/m.test(text)) return { reply: undefined, refused: false };
  const message = /^MSG \S+ 1 (?:\S+ )?(\d+)\r\n/m.exec(text);
  if (message === null) return undefined;
  const reply = text.slice(message.index + message[0].length);
  const size = Number(message[1]);
  return reply.length < size ? undefined : { reply: reply.slice(0, size), refused: false };
}

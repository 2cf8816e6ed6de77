import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, readAnswer } from './ask.ts';

const INFO = 'INFO {"server_id":"S","jetstream":true} \r\n';
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

describe('readAnswer', () => {
  test('waits for the whole body', () => {
    expect(readAnswer('MSG _INBOX.a 1 5\r\nhel')).toBeUndefined();
    expect(readAnswer('MSG _INBOX.a 1 5\r\nhello\r\n')).toEqual({ reply: 'hello', refused: false });
  });

  test('skips what comes before the answer', () => {
    const text = 'PING\r\n+OK\r\nMSG _INBOX.a 1 _INBOX.b 2\r\nhi\r\n';
    expect(readAnswer(text)).toEqual({ reply: 'hi', refused: false });
  });

  test('knows that nobody answers', () => {
    const text = 'HMSG _INBOX.a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n';
    expect(readAnswer(text)).toEqual({ reply: undefined, refused: false });
  });

  test('knows that it is not let in', () => {
    const text = "-ERR 'Authorization Violation'\r\n";
    expect(readAnswer(text)).toEqual({ reply: undefined, refused: true });
  });
});

describe('ask', () => {
  test('puts the question after the greeting, which may come in pieces', async () => {
    let heard = '';
    const port = await listen((socket) => {
      socket.write(INFO.slice(0, 9));
      setImmediate(() => socket.write(INFO.slice(9)));
      socket.on('data', (chunk) => {
        heard += chunk;
        if (heard.endsWith('4\r\nping\r\n')) socket.write('MSG _INBOX.x 1 4\r\npong\r\n');
      });
    });
    const answer = await ask('127.0.0.1', port, { subject: 'a.b', body: 'ping', timeoutMs: 5_000 });
    expect(answer).toEqual({
      info: { server_id: 'S', jetstream: true },
      reply: 'pong',
      refused: false,
    });
    expect(heard).toContain('PUB a.b _INBOX.jetlane.devserver 4');
  });

  test('does not speak without TLS to a server that requires it', async () => {
    let heard = '';
    const port = await listen((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.write('INFO {"server_id":"S","tls_required":true} \r\n');
    });
    const answer = await ask('127.0.0.1', port, { subject: 'a', timeoutMs: 5_000 });
    expect(answer.refused).toBe(true);
    expect(heard).toBe('');
  });

  test('resolves without a reply when none comes in time', async () => {
    const port = await listen((socket) => socket.write(INFO));
    const answer = await ask('127.0.0.1', port, { subject: 'a', timeoutMs: 50 });
    expect(answer.reply).toBeUndefined();
  });

  test('rejects when nothing greets', async () => {
    const port = await listen(() => {});
    const question = { subject: 'a', timeoutMs: 50 };
    await expect(ask('127.0.0.1', port, question)).rejects.toThrow('no NATS greeting');
  });

  test('rejects when what listens is not a NATS server', async () => {
    const port = await listen((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const question = { subject: 'a', timeoutMs: 5_000 };
    await expect(ask('127.0.0.1', port, question)).rejects.toThrow('no NATS greeting');
  });
});

function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    closers.push(() => socket.destroy());
    onConnection(socket);
  });
  closers.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

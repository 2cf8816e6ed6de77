import { createServer, type Server, type Socket } from 'node:net';
import { SERVER_VERSION } from '@jetlane/devserver';
import { afterEach, describe, expect, it } from 'vitest';
import { greeting } from './containers/greeting.ts';
import { hostPort } from './containers/host-port.ts';
import * as containers from './containers.ts';

it('exports exactly this', () => {
  expect(Object.keys(containers).sort()).toEqual([
    'NATS_IMAGE',
    'containerObstacle',
    'startNatsContainer',
  ]);
});

it('runs the nats-server that everything else is tested with', () => {
  expect(containers.NATS_IMAGE).toBe(`nats:${SERVER_VERSION}-alpine`);
});

it('refuses options that cannot be meant, all at once, before it looks for Docker', async () => {
  const options = { image: 'nats latest', timeoutMs: 0, jetStream: true };
  const error = await containers.startNatsContainer(options as object).catch((cause) => cause);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  expect(error.message).toContain('there is no option jetStream');
  expect(error.message).toContain('not "nats latest"');
  expect(error.message).toContain('timeoutMs must be a positive number, not 0');
});

describe('a greeting', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('is waited for while connections are taken and ended', async () => {
    let connections = 0;
    const port = await serve((socket) => {
      connections++;
      if (connections < 3) socket.end();
      else socket.write('INFO {"version":"2.15.1","jetstream":true}\r\n');
    });
    expect(await greeting('127.0.0.1', port, 5_000)).toEqual({
      version: '2.15.1',
      jetstream: true,
    });
    expect(connections).toBe(3);
  });

  it('comes in pieces', async () => {
    const port = await serve((socket) => {
      socket.write('INFO {"vers');
      setImmediate(() => socket.write('ion":"2.14.0"}\r\nPING\r\n'));
    });
    expect(await greeting('127.0.0.1', port, 5_000)).toEqual({
      version: '2.14.0',
      jetstream: false,
    });
  });

  it('that never comes is told with its reason', async () => {
    const port = await serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(greeting('127.0.0.1', port, 100)).rejects.toThrow(
      `nothing greets at 127.0.0.1:${port} within 100 ms (the connection ended)`,
    );
  });

  async function serve(answer: (socket: Socket) => void): Promise<number> {
    const port = await hostPort();
    server = createServer((socket) => {
      socket.on('error', () => {});
      answer(socket);
    });
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    return port;
  }
});

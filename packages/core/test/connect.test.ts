import { createServer, type Server as TcpServer } from 'node:net';
import { startServer } from '@jetlane/devserver';
import { describe, expect, it } from 'vitest';
import { connect } from '../src/connect.ts';
import { diagnostics, type ReconnectEvent } from '../src/diagnostics.ts';
import { Orders, order } from './orders.ts';
import { until } from './until.ts';

describe('connect', () => {
  it('says where it looked when no server answers', async () => {
    await expect(connect({ servers: 'nats://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('nats://127.0.0.1:1'),
    });
  });

  it('refuses a server that is too old, naming the version that is needed', async () => {
    const old = await fakeServer('2.10.29');
    const { port } = old.address() as { port: number };
    await expect(connect({ servers: `nats://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'SERVER_UNSUPPORTED',
      message: expect.stringMatching(/2\.10\.29.*2\.14\.0/),
    });
    old.close();
  });

  it('refuses a server without JetStream', async () => {
    await using server = await startServer({ jetstream: false });
    await expect(connect({ servers: server.url })).rejects.toMatchObject({
      code: 'JETSTREAM_UNAVAILABLE',
    });
  });

  it('refuses wrong credentials', async () => {
    await using server = await startServer({ config: 'authorization { user: a, password: b }' });
    const auth = { user: 'a', password: 'wrong' };
    await expect(connect({ servers: server.url, auth })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    const client = await connect({ servers: server.url, auth: { user: 'a', password: 'b' } });
    await client.close();
  });

  it('lists every option that is wrong, before it connects', async () => {
    const options = {
      servers: '',
      maxInFlight: 0,
      publishTimeout: '10 sec',
      server: 'x',
    } as object;
    const failure = connect(options).catch((error: Error) => error.message);
    const message = await failure;
    for (const option of ['servers', 'maxInFlight', 'publishTimeout', "'server'"])
      expect(message).toContain(option.replaceAll("'", ''));
  });

  it.each([
    [{ servers: [] }, 'CONFIG_INVALID', /servers/],
    [{ servers: 'nats://a:b:c' }, 'CONFIG_INVALID', /'nats:\/\/a:b:c' is no address/],
    [{ servers: 'http://127.0.0.1:8222' }, 'CONFIG_INVALID', /8222' is an address of HTTP/],
    [{ servers: 'nats://joe:secret@a:b' }, 'CONFIG_INVALID', /: 'nats:\/\/a:b' is no address/],
    [{ auth: { user: 'secret' } } as never, 'CONFIG_INVALID', /each a text, not \{ user \}$/],
    [{ tls: { cer: '/x.pem' } } as never, 'CONFIG_INVALID', /tls\.cer is no option: did you mean/],
    [{ auth: { nkeySeed: 'bad' } }, 'CONFIG_INVALID', /nkey seed/],
    [{ tls: { ca: '/nowhere.pem' } }, 'CONFIG_INVALID', /tls\.ca.*nowhere\.pem/],
    [{ tls: {} }, 'CONNECTION_LOST', /without TLS/],
    [{ nats: { inboxPrefix: 'a b' } }, 'CONFIG_INVALID', /inboxPrefix/],
    [{ domain: 'x y' }, 'CONFIG_INVALID', /'domain'.*'x y'/],
    [{ domain: 'nowhere' }, 'JETSTREAM_UNAVAILABLE', /domain 'nowhere'/],
  ] as const)('says what is wrong with %o', async (options, code, words) => {
    await using server = await startServer();
    const connecting = connect({ servers: server.url, ...options });
    await expect(connecting).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
  });

  it('speaks to nobody in plain whose address says tls', async () => {
    await using server = await startServer();
    const connecting = connect({ servers: server.url.replace('nats:', 'tls:') });
    await expect(connecting).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringMatching(/without TLS; leave out .* 'tls:\/\/'/),
    });
  });

  it('listens for answers only where the inbox prefix says', async () => {
    await using server = await startServer({
      config: `authorization { users [
        { user: free, password: x }
        { user: bound, password: x, permissions: { publish: ">", subscribe: { allow: ["_mine.>"] } } }
      ] }`,
    });
    const free = await connect({ servers: server.url, auth: { user: 'free', password: 'x' } });
    await free.start(Orders);
    await free.close();
    const bound = { servers: server.url, auth: { user: 'bound', password: 'x' } };
    await expect(connect(bound)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(/_INBOX.*inboxPrefix/),
    });
    const client = await connect({ ...bound, nats: { inboxPrefix: '_mine' } });
    expect(await client.publish(order(1))).toMatchObject({ stream: 'ORDERS' });
    await client.close();
  });

  it('reconnects by itself after the broker was killed, and says so', async () => {
    await using server = await startServer();
    const client = await connect({ servers: server.url });
    await client.start(Orders);
    const seen: boolean[] = [];
    const listen = (event: unknown) => seen.push((event as ReconnectEvent).connected);
    diagnostics.reconnect.subscribe(listen);
    await server.kill();
    await until('the loss to be noticed', () => seen.includes(false));
    await server.restart();
    await client.publish(order(1));
    await until('the reconnect to be told', () => seen.includes(true));
    diagnostics.reconnect.unsubscribe(listen);
    await client.close();
  });

  it('answers CLOSED after close, which may be called twice', async () => {
    await using server = await startServer();
    const client = await connect({ servers: server.url });
    await Promise.all([client.close(), client.close()]);
    await expect(client.publish(order(1))).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(client.start(Orders)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('closes although the broker is gone', async () => {
    const server = await startServer();
    const client = await connect({ servers: server.url });
    await client.start(Orders);
    await server.stop();
    await client.close();
  });
});

/** Speaks just enough of the protocol to be connected to. */
async function fakeServer(version: string): Promise<TcpServer> {
  const server = createServer((socket) => {
    const info = {
      server_id: 'fake',
      version,
      proto: 1,
      headers: true,
      max_payload: 1_048_576,
      jetstream: true,
    };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on('data', (data) => data.includes('PING') && socket.write('PONG\r\n'));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Servers that go away and come back, credentials that may not, streams with very many of everything. */
import { open } from '@jetlane/core';
import { startServer } from '@jetlane/devserver';
import { describe, expect, it } from 'vitest';
import { serveStudio } from '../src/serve-studio.ts';
import type {
  ConsumerRow,
  DeadLettersAnswer,
  MessagesAnswer,
  Page,
  PartitionsAnswer,
  Snapshot,
} from '../src/wire.ts';
import { Orders, shop, stage, until } from './shop.ts';

describe('a server that goes away', () => {
  it('is said to be gone, its last state stays, and it is back by itself', async () => {
    await using on = await stage();
    await on.client.start(Orders);
    const snapshot = () => on.read<Snapshot>('api/snapshot');
    const before = await snapshot();
    expect(before.state).toBe('connected');
    await on.server.kill();
    await until('it is noticed', async () => (await snapshot()).state === 'disconnected');
    const during = await snapshot();
    expect(during.stateSinceMs).toBeGreaterThanOrEqual(before.stateSinceMs);
    expect(during.streams.map(({ name }) => name)).toEqual(before.streams.map(({ name }) => name));
    expect(during.server).toMatchObject({ version: before.server?.version, rttMs: null });
    expect(await on.refused('api/messages?stream=ORDERS')).toMatchObject({
      status: 503,
      code: 'DISCONNECTED',
    });
    expect(await on.actRefused('replay', { seq: 1 })).toMatchObject({ status: 503 });
    const letters = await on.read<DeadLettersAnswer>('api/dead-letters');
    expect(letters.gaps[0]?.code).toBe('DISCONNECTED');
    await on.server.restart();
    await until('it is back', async () => (await snapshot()).state === 'connected');
    expect(await on.read<MessagesAnswer>('api/messages?stream=ORDERS')).toMatchObject({
      messages: [],
    });
  });

  it('that only stands still costs seconds, not minutes', async () => {
    await using on = await stage();
    const { jsm } = on.connection;
    for (let i = 0; i < 30; i++) {
      await jsm.streams.add({ name: `S${i}`, subjects: [`s.${i}`] });
      await jsm.consumers.add(`S${i}`, { durable_name: 'd', ack_policy: 'explicit' } as object);
    }
    const { streamsTotal } = await on.read<Snapshot>('api/snapshot');
    expect(streamsTotal).toBe(30);
    await on.server.pause();
    const refusals = Array.from({ length: 40 }, () => on.refused('api/stream?stream=S1'));
    for (const { status } of await Promise.all(refusals)) expect(status).toBe(503);
    await on.server.resume();
    await until('it answers again', async () => {
      const { state, gaps } = await on.read<Snapshot>('api/snapshot');
      return state === 'connected' && gaps.length === 0;
    });
  });
});

describe('credentials that may not do everything', () => {
  const config = (allowed: readonly string[]) => `
    accounts {
      A { jetstream: enabled, users: [
        { user: boss, password: b },
        { user: guest, password: g, permissions {
          publish: [${allowed.map((subject) => `"${subject}"`).join(', ')}], subscribe: "_INBOX.>" } }
      ] }
    }`;

  it('see what they may, and are told what they may not', async () => {
    const allowed = ['$JS.API.INFO', '$JS.API.STREAM.INFO.*', '$JS.API.CONSUMER.INFO.*.*'];
    await using server = await startServer({ config: config(allowed) });
    const servers = server.url;
    const boss = await open({ servers, auth: { user: 'boss', password: 'b' } });
    const guest = await open({ servers, auth: { user: 'guest', password: 'g' } });
    const subjects = ['orders.>', '_jl.ORDERS.>'];
    await boss.jsm.streams.add({ name: 'ORDERS', subjects, allow_direct: true });
    const durable = { durable_name: 'billing', ack_policy: 'explicit', metadata: { jetlane: '1' } };
    await boss.jsm.consumers.add('ORDERS', durable as object);
    await boss.jsm.streams.add({ name: 'SECRET', subjects: ['secret'] });
    const { url, close } = await serveStudio({ connection: guest, apps: [shop], port: 0 });
    const read = async (path: string) => {
      const response = await fetch(new URL(path, url));
      return { status: response.status, answer: await response.json() };
    };
    const { answer } = await read('api/snapshot');
    const { streams, gaps, account } = answer as Snapshot;
    expect(
      streams.map(({ name, consumers }) => [name, consumers.map((each) => each.name)]),
    ).toEqual([['ORDERS', ['billing']]]);
    expect(account).not.toBeNull();
    const denied = gaps.filter(({ code }) => code === 'PERMISSION_DENIED');
    expect(denied.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['the list of streams', 'consumers of ORDERS']),
    );
    expect(denied[0]?.words).toContain('$JS.API.STREAM.LIST');
    const messages = await read('api/messages?stream=ORDERS');
    expect(messages).toMatchObject({ status: 200, answer: { messages: [] } });
    await boss.js.publish('orders.1', 'x');
    const refused = await read('api/messages?stream=ORDERS');
    expect(refused).toMatchObject({
      status: 403,
      answer: { error: { code: 'PERMISSION_DENIED' } },
    });
    const partitions = (await read('api/partitions')).answer as PartitionsAnswer;
    expect(partitions.gaps).toHaveLength(1);
    const letters = (await read('api/dead-letters')).answer as DeadLettersAnswer;
    expect(letters.groups).toEqual([]);
    await close();
    await guest.nc.close();
    await boss.nc.close();
  });
});

describe('very many of everything', () => {
  it('a stream with a thousand consumers is shown in parts', async () => {
    await using on = await stage();
    const { jsm } = on.connection;
    await jsm.streams.add({ name: 'MANY', subjects: ['many.>'], storage: 'memory' as never });
    const add = (index: number) =>
      jsm.consumers.add('MANY', {
        durable_name: `c${String(index).padStart(4, '0')}`,
        ack_policy: 'explicit',
        filter_subject: `many.${index}`,
        mem_storage: true,
      } as object);
    for (let first = 0; first < 1_000; first += 50)
      await Promise.all(Array.from({ length: 50 }, (_, index) => add(first + index)));
    const { streams, gaps } = await on.read<Snapshot>('api/snapshot');
    expect(streams[0]).toMatchObject({ name: 'MANY', consumersTotal: 1_000 });
    expect(streams[0]?.consumers).toHaveLength(256);
    expect(gaps).toMatchObject([{ what: '744 consumers', code: 'LIMIT' }]);
    const page = await on.read<Page<ConsumerRow>>('api/consumers?stream=MANY&offset=950&limit=100');
    expect(page.total).toBe(1_000);
    expect(page.items.map(({ name }) => name).at(-1)).toBe('c0999');
    const found = await on.read<Page<ConsumerRow>>('api/consumers?stream=MANY&q=c099');
    expect(found.total).toBe(10);
  });

  it('a stream with very many subjects is paged through like any other', async () => {
    await using on = await stage();
    const { jsm, nc } = on.connection;
    const config = { name: 'WIDE', subjects: ['wide.>'], storage: 'memory', allow_direct: true };
    await jsm.streams.add(config as never);
    const count = 50_000;
    for (let i = 0; i < count; i++) nc.publish(`wide.${i}.${i % 1000 === 0 ? 'rare' : 'often'}`);
    await nc.flush();
    await until('all are stored', async () => {
      const { state } = await jsm.streams.info('WIDE');
      return state.messages === count;
    });
    const { streams } = await on.read<Snapshot>('api/snapshot');
    expect(streams[0]).toMatchObject({ subjectCount: count, messages: count });
    const rare = await on.read<MessagesAnswer>(
      'api/messages?stream=WIDE&subject=wide.*.rare&limit=20',
    );
    expect(rare.messages).toHaveLength(20);
    expect(rare.messages[0]?.subject).toBe('wide.49000.rare');
    expect(rare.messages.at(-1)?.subject).toBe('wide.30000.rare');
    expect(rare.cutShort).toBeNull();
  });

  it('pages beyond what it serves are sent away with words', async () => {
    await using on = await stage();
    const controller = new AbortController();
    const live = () => fetch(new URL('api/live', on.studio.url), { signal: controller.signal });
    const pages = await Promise.all(Array.from({ length: 64 }, live));
    expect(pages.every(({ status }) => status === 200)).toBe(true);
    expect(await on.refused('api/live')).toMatchObject({ status: 503, code: 'BUSY' });
    controller.abort();
    await until('their places are free', async () => {
      const one = new AbortController();
      const { status } = await fetch(new URL('api/live', on.studio.url), { signal: one.signal });
      one.abort();
      return status === 200;
    });
  });

  it('who asks for the headers alone takes no place', async () => {
    await using on = await stage();
    const live = new URL('api/live', on.studio.url);
    for (let i = 0; i < 65; i++)
      expect((await fetch(live, { method: 'HEAD' })).headers.get('content-type')).toBe(
        'text/event-stream',
      );
    const one = new AbortController();
    expect((await fetch(live, { signal: one.signal })).status).toBe(200);
    one.abort();
  });
});

import type { AddressInfo } from 'node:net';
import { type HttpBindings, type ServerType, serve } from '@hono/node-server';
import type { Actions } from '@jetlane/studio';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import type { StoryFigures, StorySession } from '#figures';
import { type StoryDesk, storyDesk } from './story-desk.ts';

let server: ServerType | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** A desk on a port of its own. `answer`: what the demo says to every action. */
async function open(actions: Actions, answer: (desk: StoryDesk, number: number) => void) {
  const asked: unknown[] = [];
  const desk = storyDesk({
    actions,
    ask: (number, action) => {
      asked.push(action);
      answer(desk, number);
    },
  });
  const app = new Hono<{ Bindings: HttpBindings }>();
  desk.extend(app);
  const opened = await new Promise<ServerType>((resolve) => {
    const made = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(made));
  });
  server = opened;
  const url = `http://127.0.0.1:${(opened.address() as AddressInfo).port}/`;
  const session = async (headers: Record<string, string> = {}) =>
    (await (await fetch(new URL('story', url), { headers })).json()) as StorySession;
  const act = async (body: string, headers: Record<string, string>) => {
    const options = { method: 'POST', body, headers };
    const response = await fetch(new URL('story/actions', url), options);
    return { status: response.status, ...((await response.json()) as { words: string }) };
  };
  return { desk, asked, session, act, url };
}

const yes = (desk: StoryDesk, number: number) => desk.answer(number, { ok: true, words: 'done' });
const header = (token: string | null) => ({ 'x-jetlane-token': token ?? '' });

describe('the desk', () => {
  it('passes an action on, from a page that has the token', async () => {
    const { session, act, asked } = await open('loopback', yes);
    const { token, whyNot } = await session();
    expect(whyNot).toBe(null);
    expect(await act('{"do":"mend"}', header(token))).toMatchObject({ status: 200, words: 'done' });
    expect(asked).toEqual([{ do: 'mend' }]);
  });

  it('says what the demo refused', async () => {
    const { session, act } = await open('loopback', (desk, number) =>
      desk.answer(number, { ok: false, words: 'fraud is slow already' }),
    );
    const { token } = await session();
    expect(await act('{}', header(token))).toMatchObject({
      status: 409,
      words: 'fraud is slow already',
    });
  });

  it('refuses without the token, with a wrong one, and what is too long or no JSON', async () => {
    const { session, act, asked } = await open('loopback', yes);
    const { token } = await session();
    expect(await act('{}', {})).toMatchObject({ status: 403 });
    expect(await act('{}', header('x'.repeat(43)))).toMatchObject({ status: 403 });
    expect(await act('nonsense', header(token))).toMatchObject({ status: 400 });
    const long = await act(JSON.stringify({ do: 'x'.repeat(2000) }), header(token));
    expect(long).toMatchObject({ status: 413 });
    expect(asked).toEqual([]);
  });

  it('refuses pages of other sites, names that only point here, and proxies', async () => {
    const { session, act, asked } = await open('loopback', yes);
    const { token } = await session();
    for (const [name, value] of [
      ['origin', 'https://example.com'],
      ['sec-fetch-site', 'cross-site'],
      ['x-forwarded-for', '10.0.0.1'],
    ] as const) {
      expect(await act('{}', { ...header(token), [name]: value })).toMatchObject({ status: 403 });
      expect(await session({ [name]: value })).toMatchObject({ token: null });
    }
    expect(asked).toEqual([]);
  });

  it('takes them from elsewhere when it is told to, and from nobody when it is told that', async () => {
    const proxied = { 'x-forwarded-for': '10.0.0.1' };
    const open1 = await open('allow', yes);
    const { token } = await open1.session(proxied);
    expect(await open1.act('{}', { ...header(token), ...proxied })).toMatchObject({ status: 200 });
    await new Promise((resolve) => server?.close(resolve));
    const { session, act } = await open('off', yes);
    expect(await session()).toMatchObject({
      token: null,
      whyNot: 'this demo only shows: it was started with --no-actions',
    });
    expect(await act('{}', header(token))).toMatchObject({ status: 403 });
  });

  it('lets a few actions wait, and no more', async () => {
    const numbers: number[] = [];
    const { desk, session, act } = await open('loopback', (_, number) => numbers.push(number));
    const { token } = await session();
    const waiting = Array.from({ length: 16 }, () => act('{}', header(token)));
    await expect.poll(() => numbers.length).toBe(16);
    expect(await act('{}', header(token))).toMatchObject({ status: 503 });
    for (const number of numbers) desk.answer(number, { ok: true, words: '' });
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(16).fill(200));
  });

  it('remembers five minutes of the chart for pages that come later', async () => {
    const { desk, session } = await open('loopback', yes);
    const none = { p50: 1, p99: 2, p999: 3 };
    for (let runS = 1; runS <= 400; runS++) {
      const services = { eta: { secondMs: none } };
      desk.note({ runS, secondMs: none, floorMs: null, services } as unknown as StoryFigures);
    }
    const { history } = await session();
    expect(history).toHaveLength(300);
    expect(history[0]).toEqual({ runS: 101, all: none, floor: null, services: { eta: none } });
  });
});

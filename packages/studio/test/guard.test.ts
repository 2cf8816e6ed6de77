/** Who may ask, who may act, and what every answer carries. */
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveStudio } from '../src/serve-studio.ts';
import { studio } from '../src/studio.ts';
import type { ErrorAnswer, Session } from '../src/wire.ts';
import { type Stage, shop, stage } from './shop.ts';

let on: Stage;

beforeAll(async () => {
  on = await stage();
});
afterAll(() => on[Symbol.asyncDispose]());

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As `fetch`, with any header: browsers and their likes set some themselves. */
function ask(
  path: string,
  { method = 'GET', headers = {}, body }: Asked = {},
  url = on.studio.url,
) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const asked = request(new URL(path, url), { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      asked.on('error', reject);
      asked.end(body);
    },
  );
}

const session = async (url?: string) =>
  JSON.parse((await ask('api/session', {}, url)).text) as Session;
const wordsOf = ({ text }: { readonly text: string }) =>
  (JSON.parse(text) as ErrorAnswer).error.words;
const body = JSON.stringify({ seq: 1 });
const json = { 'content-type': 'application/json' };

describe('who may ask', () => {
  it('pages of this server get the token', async () => {
    const answer = await session();
    expect(answer).toMatchObject({ mayAct: true, whyNot: null, apps: ['shop'], title: 'shop' });
    expect(answer.token).toMatch(/^[\w-]{43}$/);
    const own = { origin: on.studio.url.replace(/\/$/, ''), 'sec-fetch-site': 'same-origin' };
    expect((await ask('api/session', { headers: own })).status).toBe(200);
  });

  it.each([
    [{ host: 'evil.example' }, "does not answer to the name 'evil.example'"],
    [{ host: 'localhost.evil.example:4610' }, '--allow-host'],
    [{ origin: 'http://evil.example' }, 'another site'],
    [{ origin: 'null' }, 'another site'],
    [{ 'sec-fetch-site': 'cross-site' }, 'another site'],
    [{ 'sec-fetch-site': 'same-site' }, 'another site'],
  ])('%j gets nothing', async (headers, words) => {
    for (const path of ['api/session', 'api/snapshot', 'api/live', 'api/message?stream=A&seq=1']) {
      const answer = await ask(path, { headers: headers as Record<string, string> });
      expect(answer.status).toBe(403);
      expect(wordsOf(answer)).toContain(words);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('a name that was allowed gets the page', async () => {
    await using other = await stage({ names: ['Studio.Example'] });
    const headers = { host: 'studio.example:8443' };
    expect((await ask('api/snapshot', { headers }, other.studio.url)).status).toBe(200);
  });
});

describe('who may act', () => {
  it('the page may, with its token', async () => {
    const { token } = await session();
    const headers = { ...json, 'x-jetlane-token': token as string };
    const answer = await ask('api/actions/replay', { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
  });

  it('nobody may without it', async () => {
    for (const token of [undefined, '', 'x', `${(await session()).token}x`]) {
      const headers = token === undefined ? json : { ...json, 'x-jetlane-token': token };
      const answer = await ask('api/actions/forget', { method: 'POST', headers, body });
      expect(answer.status).toBe(403);
      expect(wordsOf(answer)).toContain('reload');
    }
  });

  it('no page of another site may, even with it', async () => {
    const { token } = await session();
    const headers = { ...json, 'x-jetlane-token': token as string, origin: 'http://evil.example' };
    const answer = await ask('api/actions/forget', { method: 'POST', headers, body });
    expect(answer.status).toBe(403);
    const preflight = await ask('api/actions/forget', {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(403);
  });

  it('whoever comes by a proxy only looks', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    const answer = JSON.parse((await ask('api/session', { headers })).text) as Session;
    expect(answer).toMatchObject({ token: null, mayAct: false });
    expect(answer.whyNot).toContain('--allow-actions');
  });

  it('nobody may where it is read-only', async () => {
    await using other = await stage({ actions: 'off' });
    expect(await session(other.studio.url)).toMatchObject({ token: null, mayAct: false });
    expect(await other.actRefused('replay', { seq: 1 })).toMatchObject({ status: 403 });
  });

  it('other machines only look, unless all may', async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
    if (address === undefined) return;
    for (const actions of ['loopback', 'allow'] as const) {
      const { connection } = on;
      const open = await serveStudio({ connection, apps: [shop], host: address, port: 0, actions });
      const { mayAct } = await session(open.url);
      await open.close();
      expect(mayAct).toBe(actions === 'allow');
    }
  });

  it('what is no action is refused in words', async () => {
    const { token } = await session();
    const headers = { ...json, 'x-jetlane-token': token as string };
    const post = (path: string, sent: string, more: Record<string, string> = {}) =>
      ask(path, { method: 'POST', headers: { ...headers, ...more }, body: sent });
    for (const sent of ['', '{', '[]', 'null', '"text"'])
      expect((await post('api/actions/replay', sent)).status).toBe(400);
    const form = { 'content-type': 'text/plain' };
    expect((await post('api/actions/replay', body, form)).status).toBe(400);
    const large = await post('api/actions/replay', JSON.stringify({ reason: 'x'.repeat(20_000) }));
    expect(large.status).toBe(413);
    expect((await post('api/actions/purge', body)).status).toBe(404);
    expect((await ask('api/actions/replay', { headers })).status).toBe(404);
  });
});

describe('every answer', () => {
  it('carries a strict policy, whatever it is', async () => {
    const answers = [
      await ask('api/snapshot'),
      await ask('api/nothing'),
      await ask(''),
      await ask('nothing'),
      await ask('api/snapshot', { headers: { host: 'evil.example' } }),
    ];
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });

  it('serves no file outside the page', async () => {
    for (const path of [
      '../package.json',
      '%2e%2e/package.json',
      '..%2f..%2fpackage.json',
      'assets/',
    ])
      expect([404, 503]).toContain((await ask(path)).status);
  });
});

describe('mounted elsewhere', () => {
  it('works below a path, and keeps its own guard', async () => {
    const { app, close } = studio({ connection: on.connection, apps: [shop] });
    const parent = new Hono();
    parent.get('/', (context) => context.text('the city'));
    parent.route('/studio', app);
    const server = serve({ fetch: parent.fetch, hostname: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/`;
    expect((await ask('', {}, url)).text).toBe('the city');
    expect((await session(`${url}studio/`)).mayAct).toBe(true);
    const moved = await ask('studio', {}, url);
    expect([moved.status, moved.headers['location']]).toEqual([308, '/studio/']);
    expect([200, 503]).toContain((await ask('studio/', {}, url)).status);
    const foreign = { headers: { origin: 'http://evil.example' } };
    expect((await ask('studio/api/session', foreign, url)).status).toBe(403);
    close();
    await new Promise((resolve) => server.close(resolve));
  });
});

it('options that are wrong are listed, all of them', () => {
  const wrong = { connection: {}, apps: [{}], actions: 'some', host: '', names: ['a b'], x: 1 };
  expect(() => studio(wrong as never)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /- x is no option.*'connection' must be.*apps\[0\].*'actions' must be.*'host' must be.*'names' must be/s,
      ),
    }),
  );
});

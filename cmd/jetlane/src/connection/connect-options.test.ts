import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeLayers, resolveTarget, splitServers } from './connect-options.ts';
import { toFlags } from './context-file.ts';

let home: string;
const seed = `SU${'A'.repeat(56)}`;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'jetlane-context-'));
  const contexts = join(home, 'nats/context');
  mkdirSync(contexts, { recursive: true });
  const prod = { url: 'nats://prod:4222', user: 'u', password: 'p', jetstream_domain: 'hub' };
  writeFileSync(join(contexts, 'prod.json'), JSON.stringify(prod));
  writeFileSync(join(contexts, 'broken.json'), '{');
  writeFileSync(join(home, 'nats/context.txt'), 'prod\n');
  writeFileSync(join(home, 'user.nk'), `-----BEGIN USER NKEY SEED-----\n${seed}\n`);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('where to connect', () => {
  const env = (more: Record<string, string> = {}) => ({ XDG_CONFIG_HOME: home, ...more });

  it('is the default without anything', async () => {
    const { options, words } = await resolveTarget({}, { XDG_CONFIG_HOME: join(home, 'none') });
    expect(options).toEqual({ servers: ['nats://127.0.0.1:4222'] });
    expect(words).toBe('nats://127.0.0.1:4222');
  });

  it('is the selected context when neither flags nor environment name a server', async () => {
    const { options, words } = await resolveTarget({}, env());
    expect(options).toEqual({
      servers: ['nats://prod:4222'],
      auth: { user: 'u', password: 'p' },
      domain: 'hub',
    });
    expect(words).toBe("nats://prod:4222 (context 'prod')");
    const named = await resolveTarget({}, env({ NATS_URL: 'here:1' }));
    expect(named.options).toEqual({ servers: ['nats://here:1'] });
  });

  it('takes flags before a named context, and that before the environment', async () => {
    const typed = { context: 'prod', server: 'nats://typed:1', token: 't' };
    const { options } = await resolveTarget(
      typed,
      env({ NATS_URL: 'nats://env:1', NATS_USER: 'x' }),
    );
    expect(options).toMatchObject({
      servers: ['nats://typed:1'],
      auth: { token: 't' },
      domain: 'hub',
    });
    const context = await resolveTarget({ context: 'prod' }, env({ NATS_URL: 'nats://env:1' }));
    expect(context.options.servers).toEqual(['nats://prod:4222']);
  });

  it('reads every way to log in', async () => {
    const none = { XDG_CONFIG_HOME: join(home, 'none') };
    const auth = async (flags: object) => (await resolveTarget(flags, none)).options.auth;
    expect(await auth({ user: 'a', password: 'b' })).toEqual({ user: 'a', password: 'b' });
    expect(await auth({ user: 'a' })).toEqual({ token: 'a' });
    expect(await auth({ token: 't' })).toEqual({ token: 't' });
    expect(await auth({ nkey: join(home, 'user.nk') })).toEqual({ nkeySeed: seed });
    expect(await auth({ nkey: seed })).toEqual({ nkeySeed: seed });
    expect(await auth({ creds: join(home, 'user.nk') })).toEqual({ creds: join(home, 'user.nk') });
    expect(await auth({ server: 'nats://a:b%40@host:1' })).toEqual({ user: 'a', password: 'b@' });
    expect(await auth({ server: 'nats://secret@host:1' })).toEqual({ token: 'secret' });
    await expect(auth({ password: 'b' })).rejects.toThrow('needs a user');
    await expect(auth({ token: 'a', user: 'b' })).rejects.toThrow('different ways to log in');
  });

  it('keeps secrets out of what it says', async () => {
    const { words, options } = await resolveTarget({ server: 'nats://a:secret@host:1' }, {});
    expect(words).toBe('nats://host:1');
    expect(options.servers).toEqual(['nats://host:1']);
  });

  it('says what is wrong with a context', async () => {
    await expect(resolveTarget({ context: 'prd' }, env())).rejects.toThrow("did you mean 'prod'?");
    await expect(resolveTarget({ context: 'broken' }, env())).rejects.toThrow('is no JSON');
    await expect(resolveTarget({ context: '../x' }, env())).rejects.toThrow(
      'is no name of a context',
    );
    expect(() => toFlags('x', { nsc: 'nsc://a' }, {})).toThrow("context 'x' uses 'nsc'");
    expect(toFlags('x', { creds: '~/a.creds' }, { HOME: '/srv/me' }).creds).toBe('/srv/me/a.creds');
  });
});

it('splits lists of servers', () => {
  expect(splitServers('a:1, tls://b:2')).toEqual(['nats://a:1', 'tls://b:2']);
  expect(() => splitServers(' , ')).toThrow('names no server');
  expect(() => splitServers('nats://')).toThrow('is no server address');
});

it('takes a way to log in whole, from one layer', () => {
  expect(mergeLayers([{ creds: 'a' }, { user: 'u', password: 'p', server: 's' }])).toEqual({
    creds: 'a',
    server: 's',
  });
  expect(mergeLayers([{ user: 'u' }, { password: 'p' }])).toEqual({ user: 'u', password: 'p' });
});

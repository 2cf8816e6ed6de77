import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '@jetlane/devserver';
import { nkeys } from '@nats-io/nats-core';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../src/connect.ts';
import type { ConnectOptions } from '../src/connect-options.ts';
import { Orders, order } from './orders.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** Connects, publishes one message and closes. */
async function use(options: ConnectOptions): Promise<number> {
  const client = await connect(options);
  await client.start(Orders);
  const { seq } = await client.publish(order(1));
  await client.close();
  return seq;
}

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();

describe('connect to a server that asks who is there', () => {
  it('takes a token', async () => {
    await using server = await startServer({ config: 'authorization { token: "t0ken" }' });
    expect(await use({ servers: server.url, auth: { token: 't0ken' } })).toBe(1);
    await expect(use({ servers: server.url })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(/none were given .*: name them in 'auth', or in NATS_CREDS/),
    });
    await expect(use({ servers: server.url, auth: { token: 'other' } })).rejects.toThrow(
      /refused these credentials/,
    );
  });

  it('keeps what an address holds out of its words, and says that it is not read', async () => {
    await using server = await startServer({ config: 'authorization { token: "t0ken" }' });
    const servers = server.url.replace('nats://', 'nats://t0ken@');
    const words = await use({ servers }).catch((error: Error) => error.message);
    expect(words).toMatch(/those in an address are not read/);
    expect(words).not.toContain('t0ken');
  });

  it('takes an nkey seed', async () => {
    const user = nkeys.createUser();
    const config = `authorization { users [ { nkey: ${user.getPublicKey()} } ] }`;
    await using server = await startServer({ config });
    const nkeySeed = new TextDecoder().decode(user.getSeed());
    expect(await use({ servers: server.url, auth: { nkeySeed } })).toBe(1);
    const stranger = new TextDecoder().decode(nkeys.createUser().getSeed());
    await expect(use({ servers: server.url, auth: { nkeySeed: stranger } })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  // skipped: without openssl there is nothing to make the certificate with
  it.skipIf(!hasOpenssl)('takes a certificate authority for TLS', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jetlane-tls-'));
    folders.push(folder);
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = [
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=IP:127.0.0.1,DNS:localhost',
    ];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
    const config = `tls { cert_file: "${cert}", key_file: "${key}" }`;
    await using server = await startServer({ config });
    expect(await use({ servers: server.url, tls: { ca: cert } })).toBe(1);
    const named = server.url.replace('nats:', 'tls:');
    expect(await use({ servers: named, tls: { ca: cert } })).toBe(2); // its second message
    await expect(use({ servers: server.url })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});

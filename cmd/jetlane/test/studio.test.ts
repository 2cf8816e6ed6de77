import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { open } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP, BIN, directory, jetlane, start } from './cli.ts';

let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const env = () => ({ NATS_URL: server.url });

/** A studio that runs, and its address. */
async function running(...args: readonly string[]) {
  const studio = start(['studio', ...args, '--port', '0'], { env: env(), cwd: directory() });
  await studio.until(() => studio.out.includes('Ctrl-C'), 'it listens');
  const url = /http:\S+/.exec(studio.out)?.[0] as string;
  const read = async (path: string) => (await fetch(new URL(path, url))).json();
  return { studio, url, read };
}

describe('jetlane studio', () => {
  it('serves the page of an app, says where, and ends with Ctrl-C', async () => {
    const { studio, read } = await running(APP);
    expect(studio.out).toContain('shop, 2 workers');
    expect(studio.out).toContain(server.url.replace('nats://', ''));
    expect(studio.out).toContain('from this machine');
    expect(await read('api/session')).toMatchObject({ apps: ['shop'], mayAct: true });
    expect(await read('api/snapshot')).toMatchObject({ state: 'connected' });
    studio.child.kill('SIGINT');
    expect((await studio.done).code).toBe(130);
  });

  it('works without an app, and read-only', async () => {
    const { studio, read } = await running('--read-only');
    expect(studio.out).toContain('none (--read-only)');
    expect(studio.out).toContain('none: name its module');
    expect(await read('api/session')).toMatchObject({ apps: [], mayAct: false, token: null });
    studio.child.kill('SIGTERM');
    expect((await studio.done).code).toBe(0);
  });

  it('takes the app of its directory, and goes on where that is none of ours', async () => {
    const cwd = directory();
    await writeFile(join(cwd, 'app.js'), 'export const port = 1;');
    const studio = start(['studio', '--port', '0'], { env: env(), cwd });
    await studio.until(() => studio.out.includes('Ctrl-C'), 'it listens');
    expect(studio.err).toContain('goes on without an app: app.js has no default export');
  });

  it('offers commands that do what they say', async () => {
    const subject = "cmds.it's a $(test)".replaceAll(' ', '-');
    const connection = await open({ servers: server.url });
    await connection.jsm.streams.add({ name: 'CMDS', subjects: ['cmds.>'], allow_direct: true });
    await connection.js.publish(subject, '{"n":1}');
    await connection.nc.close();
    const { read } = await running();
    const { commands } = (await read('api/message?stream=CMDS&seq=1')) as {
      commands: { command: string }[];
    };
    const script = `jetlane() { ${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} "$@"; }; ${commands[0]?.command}`;
    const { stdout } = await promisify(execFile)('sh', ['-c', script]);
    expect(JSON.parse(stdout)).toMatchObject({ stream: 'CMDS', seq: 1, subject, data: { n: 1 } });
  });

  it('warns where others can reach it', async () => {
    const { studio, url } = await running('--host', '0.0.0.0');
    await studio.until(() => studio.err.includes('can read every message'), 'the warning');
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect((await fetch(new URL('api/snapshot', url))).status).toBe(200);
  });

  it('says what is wrong: a port in use, no server, no app, flags that exclude each other', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const busy = await jetlane(['studio', '--port', String(port)], { env: env() });
    expect(busy.code).toBe(1);
    expect(busy.err).toContain(`port ${port} on 127.0.0.1 is in use`);
    await new Promise((resolve) => taken.close(resolve));
    const away = await jetlane(['studio', '-s', 'nats://127.0.0.1:1']);
    expect(away.code).toBe(1);
    expect(away.err).toContain('no nats-server answers at');
    const none = await jetlane(['studio', 'none.ts'], { env: env() });
    expect(none.code).toBe(1);
    expect(none.err).toContain('there is no file none.ts');
    const both = await jetlane(['studio', '--read-only', '--allow-actions'], { env: env() });
    expect(both.code).toBe(2);
  });
});

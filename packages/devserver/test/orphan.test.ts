import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { until } from './until.ts';

const ENTRY = pathToFileURL(new URL('../dist/index.js', import.meta.url).pathname).href;

interface Orphan {
  readonly parent: ChildProcess;
  readonly port: number;
  readonly store: string;
}

/** Another process that starts a server, tells about it and then does `then`. */
async function startElsewhere(then: string): Promise<Orphan> {
  const program = `
    const { startServer } = await import(${JSON.stringify(ENTRY)});
    const server = await startServer();
    console.log(JSON.stringify({ port: server.port, store: server.store }));
    ${then}`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: parent.stdout }).once('line', resolve);
    parent.once('exit', () => reject(new Error('the other process ended first')));
  });
  return { parent, ...(JSON.parse(line) as { port: number; store: string }) };
}

async function expectGone({ port, store }: Orphan): Promise<void> {
  await until('nothing listens on the port', async () => !(await listens(port)));
  await until('the temporary store is removed', () => !existsSync(store));
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy());
    socket.once('close', (failed) => resolve(!failed));
    socket.once('error', () => {});
  });
}

test('a server ends when its parent is killed with -9', async () => {
  const orphan = await startElsewhere('');
  expect(await listens(orphan.port)).toBe(true);
  orphan.parent.kill('SIGKILL');
  await expectGone(orphan);
});

test('a paused server ends too when its parent is killed with -9', async () => {
  const orphan = await startElsewhere('await server.pause(); console.log("paused");');
  await new Promise((resolve) => orphan.parent.stdout?.once('data', resolve));
  orphan.parent.kill('SIGKILL');
  await expectGone(orphan);
});

test('a server ends when its parent exits without stopping it', async () => {
  await expectGone(await startElsewhere('process.exit(0);'));
});

test('a server ends when its parent throws', async () => {
  await expectGone(await startElsewhere('throw new Error();'));
});

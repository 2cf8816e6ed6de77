import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Server, startServer } from '@jetlane/devserver';
import { describe, expect, it } from 'vitest';
import { runManager } from '../src/init/manager.ts';
import { OTHERS } from '../src/init/manifest.ts';
import { TEMPLATES } from '../src/init/template.ts';
import { APP, directory, jetlane, start, until } from './cli.ts';
import { hasPty, onPty } from './pty.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BIN = fileURLToPath(new URL('../bin/jetlane.js', import.meta.url));
const LIMIT_MS = 300_000;

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe('jetlane init, before it writes', () => {
  it.each([
    [[], 2, 'init needs a DIR to write into'],
    [
      ['full'],
      1,
      'full is not empty (four, one, three and 1 more): choose another one, or --force',
    ],
    [['file'], 1, 'file is a file: choose another name'],
    [['file/app'], 1, 'cannot be made: part of its path is a file'],
    [['My App'], 2, "'My App' is no name for an app: a-z, 0-9 and '-', beginning with a letter"],
    [['My App'], 2, ': take my-app with --name'],
    [['app', '--name', '馬'], 2, 'give one with --name'],
    [['app', '--template', 'shop'], 2, 'Allowed choices are orders, sensors'],
    [['app', '--package-manager', 'cargo'], 2, 'Allowed choices are npm, pnpm, yarn, bun'],
  ])('refuses %j', async (args, code, words) => {
    const cwd = directory();
    mkdirSync(join(cwd, 'full'));
    for (const name of ['one', 'two', 'three', 'four']) writeFileSync(join(cwd, 'full', name), '');
    writeFileSync(join(cwd, 'file'), '');
    const result = await jetlane(['init', ...args], { cwd });
    expect(result.err).toContain(words);
    expect(result.err).not.toMatch(/^\s+at /m);
    expect({ code: result.code, out: result.out }).toEqual({ code, out: '' });
    expect(readdirSync(cwd).sort()).toEqual(['file', 'full']);
    expect(readdirSync(join(cwd, 'full'))).toHaveLength(4);
  });

  // skipped: elsewhere there is no /proc, which even who may write everywhere cannot write into
  it.skipIf(process.platform !== 'linux')('refuses a place where nothing can be made', async () => {
    const { code, err } = await jetlane(['init', '/proc/app', '--no-install']);
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('/proc/app cannot be made: '),
    });
  });

  it('refuses a package manager that is not there', async () => {
    const cwd = directory();
    const { code, err } = await jetlane(['init', 'app', '--package-manager', 'bun'], {
      cwd,
      env: { PATH: '/nowhere' },
    });
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('bun is not installed'),
    });
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('jetlane init', () => {
  it(
    'writes real files, and its own packages as tarballs',
    async () => {
      const cwd = directory();
      const { code, out } = await jetlane(['init', 'my-shop', '--yes', '--no-install'], { cwd });
      expect(code).toBe(0);
      const app = join(cwd, 'my-shop');
      const manifest = json(join(app, 'package.json'));
      expect(manifest).toMatchObject({ name: 'my-shop', private: true, type: 'module' });
      for (const [name, spec] of Object.entries<string>(manifest.dependencies)) {
        if (spec.startsWith('file:')) expect(existsSync(join(app, spec.slice(5))), name).toBe(true);
      }
      expect(manifest.dependencies.jetlane).toMatch(/^file:vendor\/jetlane-\d.*\.tgz$/);
      expect(readFileSync(join(app, '.gitignore'), 'utf8')).toContain('node_modules');
      expect(readFileSync(join(app, 'src/app.ts'), 'utf8')).toContain("app('my-shop'");
      expect(existsSync(join(app, 'gitignore'))).toBe(false);
      expect(out).toContain('cd my-shop\n  npm install\n  npm test ');
      expect(out).toContain('it is not on npm yet');
    },
    LIMIT_MS,
  );

  it(
    'writes into a directory that is not empty when it is told to, and leaves other files alone',
    async () => {
      const cwd = directory();
      writeFileSync(join(cwd, 'notes.txt'), 'mine');
      mkdirSync(join(cwd, '.git'));
      const args = ['init', '.', '--name', 'shop', '--yes', '--no-install', '--force'];
      expect((await jetlane([...args, '--template', 'sensors'], { cwd })).code).toBe(0);
      expect(readFileSync(join(cwd, 'notes.txt'), 'utf8')).toBe('mine');
      expect(existsSync(join(cwd, 'src/averages.ts'))).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'keeps what it wrote when the install fails, and says how to go on',
    async () => {
      const cwd = directory();
      const { code, err } = await jetlane(['init', 'app', '--yes'], {
        cwd,
        env: {
          npm_config_registry: 'http://127.0.0.1:1/',
          npm_config_cache: join(cwd, 'cache'),
          npm_config_fetch_retries: '0',
        },
      });
      expect(code).toBe(1);
      expect(err).toContain('npm install failed: the registry cannot be reached. The files are in');
      expect(err).toContain("run 'npm install' there when that is mended");
      expect(existsSync(join(cwd, 'app/src/app.ts'))).toBe(true);
    },
    LIMIT_MS,
  );

  it('uses what Jetlane is tested with', () => {
    const { devDependencies: root } = json(join(ROOT, 'package.json'));
    const own = json(join(ROOT, 'cmd/jetlane/package.json'));
    expect(OTHERS.dependencies).toEqual({
      jiti: own.dependencies.jiti,
      zod: own.devDependencies.zod,
    });
    const { typescript, '@types/node': node } = OTHERS.devDependencies;
    expect([typescript, node]).toEqual([`^${root.typescript}`, `^${root['@types/node']}`]);
  });

  // skipped: where script(1) of util-linux is missing there is no terminal to ask on
  it.skipIf(!hasPty)(
    'asks on a terminal for what is left open',
    async () => {
      const cwd = directory();
      const command = `cd '${cwd}' && exec '${process.execPath}' '${BIN}' init --no-install`;
      const pty = onPty(['sh', '-c', command], { columns: 80, rows: 24 });
      const asked = (words: string) =>
        until(
          () => pty.raw.includes(words),
          () => `${words}: ${pty.raw}`,
        );
      await asked('Where?');
      pty.type('shop\r');
      await asked('What is it called?');
      pty.type('\r');
      await asked('What should it begin with?');
      pty.type('\u001b[B\r');
      await asked('Which package manager?');
      pty.type('\r');
      expect(await pty.done).toBe(0);
      expect(existsSync(join(cwd, 'shop/src/averages.ts'))).toBe(true);
    },
    LIMIT_MS,
  );

  // skipped: where script(1) of util-linux is missing there is no terminal to ask on
  it.skipIf(!hasPty)('writes nothing when a question is cancelled', async () => {
    const cwd = directory();
    const command = `cd '${cwd}' && exec '${process.execPath}' '${BIN}' init`;
    const pty = onPty(['sh', '-c', command], { columns: 80, rows: 24 });
    await until(
      () => pty.raw.includes('Where?'),
      () => pty.raw,
    );
    pty.type('\u0003');
    expect(await pty.done).toBe(130);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe.each(TEMPLATES.map(({ name }) => name))('the app of template %s', (template) => {
  it(
    'installs, compiles, passes its test, runs, and works off what is sent',
    async ({ skip }) => {
      const cwd = directory();
      // What was installed before is in npm's cache: it is asked first.
      const env = { HOME: process.env.HOME ?? cwd, npm_config_prefer_offline: 'true' };
      const made = await jetlane(['init', 'my-app', '--yes', '--template', template], { cwd, env });
      if (made.err.includes('the registry cannot be reached')) skip('there is no network');
      expect(made.err).not.toContain('failed');
      expect(made.code).toBe(0);
      const app = join(cwd, 'my-app');
      const run = async (...args: string[]) => {
        const { code, output } = await runManager('npm', args, { directory: app, limitMs: 60_000 });
        expect(code, output).toBe(0);
        return output;
      };
      expect(await run('run', 'check')).not.toContain('error');
      expect(await run('test')).toMatch(/# pass [12]\n|pass [12]\b/);

      const server = await startServer();
      process.env.NATS_URL = server.url; // for what npm runs
      try {
        await worksOff(app, server, run);
      } finally {
        delete process.env.NATS_URL;
        await server.stop();
      }
    },
    LIMIT_MS,
  );
});

async function worksOff(
  app: string,
  server: Server,
  run: (...args: string[]) => Promise<string>,
): Promise<void> {
  const jetlaneOf = join(app, 'node_modules/jetlane/bin/jetlane.js');
  const env = { NATS_URL: server.url };
  const worker = start(['worker', 'src/app.ts', '--dev-server', '--json'], {
    cwd: app,
    env,
    program: jetlaneOf,
  });
  await worker.until(() => worker.events().some(({ event }) => event === 'ready'), 'not ready');
  await run('run', 'send', '--', '20');
  await until(
    async () => {
      const { out } = await jetlane(
        ['top', 'src/app.ts', '--once', '--json', '--interval', '200ms'],
        {
          cwd: app,
          env,
        },
      );
      const [stream] = JSON.parse(out).streams;
      return stream.messages >= 20 && stream.consumers.every(doneWithAll);
    },
    () => `all are handled: ${worker.err}`,
  );
  worker.child.kill('SIGTERM');
  expect((await worker.done).code).toBe(0);
}

function doneWithAll({ lag, ackPending }: { lag: number; ackPending: number }): boolean {
  return lag + ackPending === 0;
}

describe('jetlane worker --dev-server', () => {
  it('starts a server where none answers, and ends it with it', async () => {
    const port = await freePort();
    const url = `nats://127.0.0.1:${port}`;
    const worker = start(['worker', APP, '--dev-server', '--json', '-s', url]);
    await worker.until(() => worker.events().some(({ event }) => event === 'ready'), 'not ready');
    expect((await jetlane(['streams', 'ls', '-s', url])).out).toContain('ORDERS');
    worker.child.kill('SIGTERM');
    expect((await worker.done).code).toBe(0);
    await until(
      async () => (await jetlane(['streams', 'ls', '-s', url])).code === 1,
      () => 'the server is gone',
    );
  }, 60_000);

  it('refuses to start one on another machine', async () => {
    const args = ['worker', APP, '--dev-server', '-s', 'nats://example.com:4222'];
    const { code, err } = await jetlane(args);
    expect(code).toBe(2);
    expect(err).toContain('starts a server on this machine, and nats://example.com:4222 is not');
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APP, BIN, directory, jetlane } from './cli.ts';
import { hasPty, onPty } from './pty.ts';

const AWAY = ['-s', 'nats://127.0.0.1:1'];

describe('help', () => {
  it('is printed without arguments, and for every command with examples', async () => {
    const { code, out } = await jetlane([]);
    expect(code).toBe(0);
    const names = [...out.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] as string);
    expect(names).toEqual(
      expect.arrayContaining([
        'init',
        'server',
        'streams',
        'worker',
        'publish',
        'tail',
        'top',
        'dlq',
        'partitions',
        'doctor',
        'bench',
        'completion',
      ]),
    );
    const commands = [
      ...[
        'init',
        'server',
        'streams',
        'worker',
        'publish',
        'tail',
        'top',
        'dlq',
        'partitions',
        'doctor',
        'bench',
        'completion',
      ].map((name) => [name]),
      ['pause'],
      ['resume'],
      ...['plan', 'apply', 'ls', 'export'].map((name) => ['streams', name]),
      ...['ls', 'show', 'replay', 'drop'].map((name) => ['dlq', name]),
      ['partitions', 'ls'],
      ...['latency', 'publish', 'consume', 'fanout', 'request', 'soak', 'guard', 'report'].map(
        (name) => ['bench', name],
      ),
    ];
    for (const command of commands) {
      const help = await jetlane([...command, '--help']);
      expect(help.code).toBe(0);
      expect(help.out).toContain(`Usage: jetlane ${command.join(' ')}`);
      expect(help.out).toMatch(/Examples:\n {2}\$ \S/);
      expect(help.err).toBe('');
    }
  }, 180_000);

  it('knows its version', async () => {
    const { code, out } = await jetlane(['--version']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wrong usage exits with 2', () => {
  it.each([
    [['wrker'], "unknown command 'wrker'\n(Did you mean worker?)"],
    [['streams', 'pln'], 'Did you mean plan?'],
    [['tail', 'x', '--lst', '3'], "unknown option '--lst'\n(Did you mean --last?)"],
    [['tail'], "missing required argument 'FILTER'\nsee 'jetlane tail --help'"],
    [['dlq', 'replay', '--rate', 'x'], "see 'jetlane dlq replay --help'"],
    [['tail', 'x', 'y'], 'too many arguments'],
    [['tail', 'a..b'], "'a..b' is no filter"],
    [['tail', 'x', '--since', 'soon'], "expected a duration such as '1h' or a date"],
    [['tail', 'x', '--since', '2999-01-01'], 'that time has not come yet'],
    [['tail', 'x', '--last', '3', '--since', '1h'], 'cannot be used with'],
    [['server', '--port', '70000'], 'expected a whole number from 0 to 65535'],
    [['server', '--port', '4333', '--cluster', '3'], '--port and --cluster exclude each other'],
    [['worker', APP, '--processes', '0'], 'expected a whole number from 1 to 256'],
    [['publish', 'a.b', '{'], "'{' is no JSON"],
    [
      ['publish', 'a.b', '{"id":9007199254740993}'],
      '9007199254740993 would be stored as another number',
    ],
    [['publish', 'a.*', '{}'], "'a.*' has wildcards"],
    [['publish', 'a b', '{}'], "'a b' is no subject"],
    [['publish', 'OrderPlced', '{}', '--app', APP], 'did you mean OrderPlaced?'],
    [['publish', 'a.b', '{}', '-H', 'nothing'], "expected 'name: value'"],
    [['dlq', 'replay'], 'dlq replay needs to know which'],
    [['dlq', 'drop', '--all', '--worker', 'x'], '--all means every dead letter'],
    [['dlq', 'show'], 'needs the sequence of a dead letter'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
    [['streams', 'ls', '-s', ':'], 'is no server address'],
    [['streams', 'ls', '--tlscert', APP], '--tlscert and --tlskey go together'],
    [['streams', 'ls', '--creds', '/nowhere/x.creds'], '--creds: /nowhere/x.creds cannot be read'],
    [['streams', 'ls', '--user', 'a', '--token', 'b'], 'different ways to log in'],
    [['streams', 'ls', '--context', 'nope'], "there is no context 'nope'"],
    [['streams', 'plan'], 'no APP was named'],
    [['top', '--interval', '10ms'], 'expected 200ms at least'],
    [
      ['top', '--sort', 'age'],
      'Allowed choices are lag, oldest, p99, p50, handling, in, out, pending, dead, name',
    ],
    [['init'], 'init needs a DIR'],
  ])('%j', async (args, words) => {
    const { code, out, err } = await jetlane(args, { cwd: directory() });
    expect(err).toContain(words);
    expect(err).not.toMatch(/^\s+at /m);
    expect(out).toBe('');
    expect(code).toBe(2);
  });
});

describe('a server that is away', () => {
  it.each([
    [['streams', 'ls']],
    [['streams', 'plan', APP]],
    [['publish', 'a.b', '{}']],
    [['publish', 'OrderPlaced', '{"orderId":"a","total":1}', '--app', APP]],
    [['tail', 'a.>']],
    [['dlq', 'ls']],
    [['top']],
    [['top', '--once', '--json']],
    [['doctor']],
    [['worker', APP]],
  ])('is one sentence and exit code 1: %j', async (args) => {
    const { code, err } = await jetlane([...args, ...AWAY]);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toMatch(/^jetlane: no nats-server answers at nats:\/\/127\.0\.0\.1:1 /);
    expect(code).toBe(1);
  });

  it('shows the stack with --debug', async () => {
    const { err } = await jetlane(['streams', 'ls', ...AWAY, '--debug']);
    expect(err).toMatch(/^\s+at /m);
  });

  it('is the one of the selected context, and says so', async () => {
    const home = directory();
    const contexts = join(home, '.config/nats/context');
    mkdirSync(contexts, { recursive: true });
    writeFileSync(join(contexts, 'staging.json'), '{"url":"nats://127.0.0.1:2"}');
    writeFileSync(join(home, '.config/nats/context.txt'), 'staging');
    const selected = await jetlane(['streams', 'ls'], { env: { HOME: home } });
    expect(selected.err).toContain('nats://127.0.0.1:2');
    const typed = await jetlane(['streams', 'ls', '--context', 'staging'], {
      env: { HOME: home, NATS_URL: 'nats://127.0.0.1:3' },
    });
    expect(typed.err).toContain('nats://127.0.0.1:2');
    const near = await jetlane(['streams', 'ls', '--context', 'stagin'], { env: { HOME: home } });
    expect(near.err).toContain("did you mean 'staging'?");
  });
});

describe('an APP that cannot be used is one sentence and exit code 1', () => {
  it.each([
    [
      'export const x = 1;',
      /has no default export \(it exports x\); end it with: export default app/,
    ],
    ['', /has no default export \(it exports nothing\)/],
    ['export default 3;', /the default export of bad\.ts is a number, not an app/],
    ['export default { kind: "worker" };', /is a worker, not an app/],
    ['export const x = ;', /does not load: ParseError: .* at .*bad\.ts:1:/],
    ['import "nowhere";', /it imports nowhere, which is not there; run npm install/],
    ['import "./nowhere.ts";', /it imports \.\/nowhere\.ts, which is not there; check the path/],
    ['throw new Error("boom\\nsecret");', /does not load: boom$/m],
    [
      'import { app } from "@jetlane/core"; export default app("Bad Name", { streams: [], run: [] });',
      /must be kebab-case/,
    ],
  ])('%s', async (source, words) => {
    const cwd = directory();
    writeFileSync(join(cwd, 'bad.ts'), source);
    for (const command of [['streams', 'export'], ['worker']]) {
      const { code, err } = await jetlane([...command, 'bad.ts'], { cwd });
      expect(err).toMatch(words);
      expect(err).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    }
  });

  it('a file that is not there, or no module', async () => {
    const missing = await jetlane(['worker', 'nope.ts']);
    expect(missing.err).toContain('there is no file nope.ts: APP is the module');
    expect(missing.code).toBe(1);
    const cwd = directory();
    writeFileSync(join(cwd, 'notes.txt'), '');
    const text = await jetlane(['worker', 'notes.txt'], { cwd });
    expect(text.err).toContain('notes.txt is no module');
    expect(text.code).toBe(1);
  });

  it('one without workers', async () => {
    const cwd = directory();
    writeFileSync(
      join(cwd, 'app.js'),
      'import { app } from "@jetlane/core";\nexport default app("empty", { streams: [], run: [] });\n',
    );
    const { code, err } = await jetlane(['worker'], { cwd });
    expect(err).toContain("app 'empty' runs no workers");
    expect(code).toBe(2);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])(
    'is a script for %s that names commands and options',
    async (shell) => {
      const { code, out } = await jetlane(['completion', shell]);
      expect(code).toBe(0);
      for (const word of ['worker', 'streams plan', 'max-ack-pending', 'terraform'])
        expect(out).toContain(word);
    },
  );
});

// skipped: where script(1) of util-linux is missing there is no terminal to run it on
it.skipIf(!hasPty)('is broken between words on a terminal, and whole for a program', async () => {
  const command = ['streams', 'ls', ...AWAY];
  const { err } = await jetlane(command);
  expect(err.trimEnd()).not.toContain('\n');
  const size = { columns: 40, rows: 20 };
  const pty = onPty([process.execPath, BIN, ...command], size, { NO_COLOR: '1' });
  expect(await pty.done).toBe(1);
  const lines = pty.raw.trimEnd().split(/\r?\n/);
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
  expect(lines.join(' ')).toBe(err.trimEnd());
});

import { spawn } from 'node:child_process';
import { relative } from 'node:path';
import { appParts } from '@jetlane/core';
import { isLoopback, serveStudio } from '@jetlane/studio';
import { type Command, Option } from 'commander';
import { type LoadedApp, loadApp, locateApp } from '../app/load-app.ts';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { exitCodes, Failure, messageOf } from '../failure.ts';
import type { Io } from '../io.ts';
import { integer, names } from '../options.ts';
import { addExamples, addServerFlags, type Shell, withConnection } from '../shell.ts';
import { oneLine } from '../terminal/printable.ts';

interface Flags extends ConnectionFlags {
  readonly port: number;
  readonly host: string;
  readonly allowActions?: boolean;
  readonly allowHost?: readonly string[];
  readonly readOnly?: boolean;
  readonly open?: boolean;
}

const DEFAULT_PORT = 4610;

/** `jetlane studio`: a page that shows what an app does on its server. */
export function addStudio(program: Command, shell: Shell): void {
  const command = program
    .command('studio')
    .summary('a page that shows streams, lag, workers, dead letters and messages')
    .description(
      "Serves a page that shows what happens on a server: streams, consumers with their lag, partitions, dead letters and messages; with APP also its workers as declared, and messages checked by its contracts. It leaves nothing on the server. From this machine's browser the page can pause and resume workers, and replay and forget dead letters. Without APP, app.ts, app.js, src/app.ts or src/app.js is taken where there is one. Runs until Ctrl-C.",
    )
    .argument('[APP]', 'module of an app')
    .option(
      '-p, --port <number>',
      'port of the page; 0 takes a free one',
      integer(0, 65_535),
      DEFAULT_PORT,
    )
    .option(
      '--host <address>',
      'address to listen on; whoever reaches it can read messages',
      '127.0.0.1',
    )
    .option(
      '--allow-host <names>',
      'more names that the page is reached by, such as that of a proxy, separated by commas',
      names,
    )
    .addOption(
      new Option(
        '--allow-actions',
        'let everybody who reaches the page act, not this machine only',
      ).conflicts('readOnly'),
    )
    .option('--read-only', 'let nobody act')
    .option('--open', 'open the page in the browser')
    .action(async (app: string | undefined, flags: Flags) => {
      shell.exitCode = await serve(app, flags, shell);
    });
  addServerFlags(command);
  addExamples(command, [
    ['jetlane studio', 'the app of this directory, or none, on the local server'],
    ['jetlane studio src/app.ts --open', 'one app, in the browser'],
    ['jetlane studio --context prod --read-only', 'only look'],
    ['jetlane studio --host 0.0.0.0 --port 8080', 'for others to look; acting stays here'],
  ]);
}

async function serve(given: string | undefined, flags: Flags, shell: Shell): Promise<number> {
  const { io } = shell;
  const loaded = await appOf(given, io);
  const signal = shell.interrupt.take(() => process.exit(exitCodes.interrupted));
  return withConnection(shell, flags, async (connection) => {
    const { port, host, allowHost } = flags;
    const served = await serveStudio({
      connection,
      apps: loaded === undefined ? [] : [loaded.app],
      actions: actionsOf(flags),
      host,
      port,
      ...(allowHost === undefined ? {} : { names: allowHost }),
    }).catch((cause: unknown) => {
      throw listenProblem(cause, flags);
    });
    const url = hereUrl(served.url);
    say(url, { loaded, flags, server: connection.nc.getServer() }, io);
    if (flags.open) openBrowser(url, io);
    const ended = await signal;
    await served.close();
    return ended === 'SIGINT' ? exitCodes.interrupted : exitCodes.done;
  });
}

/** The app that was named, or the one of this directory, if there is one that loads. */
async function appOf(given: string | undefined, io: Io): Promise<LoadedApp | undefined> {
  if (given !== undefined) return loadApp(given);
  const file = await locateApp(undefined, process.cwd()).catch(() => undefined);
  if (file === undefined) return undefined;
  return loadApp(file).catch((error: unknown) => {
    io.err(`goes on without an app: ${oneLine(messageOf(error))}`);
    return undefined;
  });
}

function actionsOf({ allowActions, readOnly }: Flags): 'loopback' | 'allow' | 'off' {
  if (readOnly) return 'off';
  return allowActions ? 'allow' : 'loopback';
}

function listenProblem(cause: unknown, { host, port }: Flags): unknown {
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  if (typeof code !== 'string' || !code.startsWith('E')) return cause;
  const words =
    code === 'EADDRINUSE'
      ? `port ${port} on ${host} is in use: stop what listens there, such as another studio, or give another one with --port (0 takes a free one)`
      : `cannot listen on ${host}:${port} (${messageOf(cause)}): give another --host or --port`;
  return new Failure(words, exitCodes.failed, { cause });
}

/** All addresses of a machine are no address that a browser takes, and one on which it is known to be here. */
function hereUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

interface Said {
  readonly loaded: LoadedApp | undefined;
  readonly flags: Flags;
  readonly server: string;
}

function say(url: string, { loaded, flags, server }: Said, io: Io): void {
  const { style } = io;
  const rows = [
    ['studio', style.bold(url)],
    ['app', loaded === undefined ? 'none: name its module to see its workers' : appWords(loaded)],
    ['server', server],
    ['actions', ACTION_WORDS[actionsOf(flags)]],
    ['stop', 'Ctrl-C'],
  ] as const;
  for (const [name, value] of rows) io.out(`${style.dim(name.padEnd(10))}${value}`);
  if (!isLoopback(flags.host))
    io.err(
      `whoever reaches ${oneLine(flags.host)} can read every message that these credentials can`,
    );
}

const ACTION_WORDS = {
  loopback: 'from this machine',
  allow: 'from everywhere (--allow-actions)',
  off: 'none (--read-only)',
} as const;

function appWords({ app, file }: LoadedApp): string {
  const { run } = appParts(app);
  const workers = `${run.length} ${run.length === 1 ? 'worker' : 'workers'}`;
  return `${app.name}, ${workers} (${oneLine(relative(process.cwd(), file) || file)})`;
}

/** Where there is no browser, the address is printed anyway. */
function openBrowser(url: string, io: Io): void {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program as string, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', (error) => io.err(`no browser was opened (${error.message}): open ${url}`));
  child.unref();
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

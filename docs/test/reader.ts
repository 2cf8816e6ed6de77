/** A reader who follows pages literally: saves what they say, types what they say, and compares what is printed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Server, startServer } from '@jetlane/devserver';
import { root } from '../generate/places.ts';
import { endOf, type Step } from './page-steps.ts';

/** A terminal with something in it. */
interface Terminal {
  readonly child: ChildProcess;
  readonly ended: Promise<number>;
  output: string;
  /** Up to where the reader has read. */
  read: number;
}

const DEADLINE_MS = 90_000;
const LOOK_MS = 50;
const USUAL_ADDRESS = '127.0.0.1:4222';

/** One walk: a folder inside the clone, terminals, and a server. */
export class Reader implements AsyncDisposable {
  readonly #folder: string;
  readonly #terminals = new Map<string, Terminal>();
  #server: Server | undefined;
  /** `127.0.0.1:4222` on the page; a free port here. */
  #address: string | undefined;

  constructor(walk: string) {
    this.#folder = join(root, 'node_modules', `.jetlane-walk-${walk}`);
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Takes a step; throws, with what was expected and what was found, where it is not as the page says. */
  async take(step: Step): Promise<void> {
    switch (step.does) {
      case 'save':
        writeFileSync(join(this.#folder, step.file), step.text);
        break;
      case 'run':
        await this.#run(step);
        break;
      case 'start':
        await this.#start(step);
        break;
      case 'see':
        await this.#see(step);
        break;
      case 'stop':
        await this.#stop(step);
        break;
    }
  }

  /** Ends everything and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, ended } of this.#terminals.values()) {
      signal(child, 'SIGKILL');
      await ended;
    }
    await this.#server?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(step: Extract<Step, { does: 'run' }>): Promise<void> {
    const startedMs = Date.now();
    for (;;) {
      const terminal = await this.#open(step.script);
      const code = await within(terminal.ended, () => signal(terminal.child, 'SIGKILL'));
      const output = this.#asOnThePage(terminal.output);
      const { prints, exitCode } = step;
      const isSo =
        code === exitCode && (prints === undefined || endOf(prints, output) !== undefined);
      if (isSo) return;
      if (!step.again || Date.now() - startedMs > DEADLINE_MS)
        throw differs(step.line, `exit code ${exitCode}\n${prints ?? ''}`, `${code}\n${output}`);
      await delay(LOOK_MS * 5);
    }
  }

  async #start({ script, terminal: name }: Extract<Step, { does: 'start' }>): Promise<void> {
    if (!/^npx jetlane server\b/.test(script)) {
      this.#terminals.set(name, await this.#open(script));
      return;
    }
    // A walk shares the machine with others, so its server takes a free port.
    const terminal = await this.#open(`${script} --port 0`, {});
    this.#terminals.set(name, terminal);
    const listening = /nats:\/\/(\S+:\d+)/;
    await until(() => listening.test(terminal.output), terminal, 'a server that listens');
    this.#address = listening.exec(terminal.output)?.[1];
  }

  async #see({ line, terminal: name, text }: Extract<Step, { does: 'see' }>): Promise<void> {
    const terminal = this.#terminal(name);
    const left = () => this.#asOnThePage(terminal.output).slice(terminal.read);
    await until(() => endOf(text, left()) !== undefined, terminal, '').catch(() => {});
    const end = endOf(text, left());
    if (end === undefined) throw differs(line, text, left());
    terminal.read += end;
  }

  async #stop({ terminal: name }: Extract<Step, { does: 'stop' }>): Promise<void> {
    const { child, ended } = this.#terminal(name);
    signal(child, 'SIGINT');
    await within(ended, () => signal(child, 'SIGKILL'));
    this.#terminals.delete(name);
  }

  #terminal(name: string): Terminal {
    const terminal = this.#terminals.get(name);
    if (terminal === undefined) throw new Error(`no terminal is called ${name}`);
    return terminal;
  }

  async #open(script: string, env?: NodeJS.ProcessEnv): Promise<Terminal> {
    const child = spawn('sh', ['-c', script], {
      cwd: this.#folder,
      env: { ...process.env, ...(env ?? (await this.#environment())) },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that Ctrl-C reaches what a shell would send it to.
      detached: true,
    });
    const ended = new Promise<number>((resolve) =>
      child.once('close', (code) => resolve(code ?? -1)),
    );
    const terminal: Terminal = { child, ended, output: '', read: 0 };
    const hear = (data: Buffer) => {
      terminal.output += data.toString();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    return terminal;
  }

  async #environment(): Promise<NodeJS.ProcessEnv> {
    if (this.#address === undefined) {
      this.#server = await startServer();
      this.#address = this.#server.url.replace('nats://', '');
    }
    return { NATS_URL: `nats://${this.#address}` };
  }

  #asOnThePage(output: string): string {
    return this.#address === undefined ? output : output.replaceAll(this.#address, USUAL_ADDRESS);
  }
}

async function until(condition: () => boolean, terminal: Terminal, what: string): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS;
  let isOver = false;
  void terminal.ended.then(() => {
    isOver = true;
  });
  while (!condition()) {
    if (isOver || Date.now() > endMs) throw new Error(`waited for ${what}:\n${terminal.output}`);
    await delay(LOOK_MS);
  }
}

async function within(ended: Promise<number>, late: () => void): Promise<number> {
  const timer = setTimeout(late, DEADLINE_MS);
  const code = await ended;
  clearTimeout(timer);
  return code;
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // It has ended.
  }
}

function differs(line: number, expected: string, found: string): Error {
  return new Error(`line ${line}: expected\n${expected}\nfound\n${found}`);
}

import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type Keys, keys } from './keys.ts';

let taken: Keys | undefined;
afterEach(() => taken?.release());

function terminal(foreground = true) {
  const told: string[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => void told.push(raw ? 'raw' : 'cooked'),
    unref: () => {},
  });
  taken = keys({
    stdin: stdin as unknown as NodeJS.ReadStream,
    onStop: () => told.push('stop'),
    onContinue: () => told.push('continue'),
    foreground: () => foreground,
    kill: (pid, signal) => void told.push(`${pid === 0 ? 'all' : 'me'} ${signal}`),
  });
  return { stdin, told, taken };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the keys of a terminal that is drawn on', () => {
  it('are not echoed and thrown away, and given back', async () => {
    const { stdin, told, taken } = terminal();
    taken.take();
    taken.take();
    stdin.write('hello\r\n');
    await turn();
    expect(told).toEqual(['raw']);
    taken.release();
    taken.release();
    expect(told).toEqual(['raw', 'cooked']);
    expect(stdin.listenerCount('data')).toBe(0);
    expect(process.listenerCount('SIGTSTP')).toBe(0);
  });

  it('end and stop all processes, as the terminal does', async () => {
    const { stdin, told, taken } = terminal();
    taken.take();
    stdin.write('\u0003');
    await turn();
    expect(told).toEqual(['raw', 'all SIGINT']);
    stdin.write('\u001a');
    await turn();
    expect(told.slice(2)).toEqual(['cooked', 'stop', 'all SIGTSTP']);
  });

  it('are given back while it is stopped, and taken when it goes on', async () => {
    const { told, taken } = terminal();
    taken.take();
    process.emit('SIGTSTP', 'SIGTSTP');
    expect(told).toEqual(['raw', 'cooked', 'stop', 'me SIGTSTP']);
    process.emit('SIGCONT', 'SIGCONT');
    process.emit('SIGCONT', 'SIGCONT');
    expect(told.slice(4)).toEqual(['raw', 'continue']);
    expect(process.listenerCount('SIGTSTP')).toBe(1);
  });

  it('may go with their terminal', async () => {
    const { stdin, taken } = terminal();
    taken.take();
    expect(() => stdin.emit('error', new Error('read EIO'))).not.toThrow();
  });

  it('are left alone in the background', () => {
    const { told, taken } = terminal(false);
    taken.take();
    taken.release();
    expect(told).toEqual([]);
  });
});

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { browseCommands, letterCommands, messageCommands, toCommand } from './shell-command.ts';

const here = { address: '127.0.0.1:4222', domain: null };
const there = { address: 'nats.example:4223', domain: 'leaf' };

describe('commands', () => {
  it('show what a filter shows', () => {
    const [watch] = browseCommands(here, { stream: 'ORDERS', subject: 'orders.>' });
    expect(watch?.command).toBe("jetlane tail --stream ORDERS 'orders.>'");
    const [from] = browseCommands(here, { stream: 'ORDERS', subject: 'orders.*', seq: 5 });
    expect(from?.command).toBe("jetlane tail --stream ORDERS --from-seq 5 --no-follow 'orders.*'");
  });

  it('show one message', () => {
    const message = { stream: 'ORDERS', subject: 'orders.1', seq: 5 };
    expect(messageCommands(here, message).map(({ command }) => command)).toEqual([
      'jetlane tail --stream ORDERS --from-seq 5 --no-follow --json orders.1 | head -n 1',
      'nats stream get ORDERS 5',
    ]);
  });

  it('reach a server elsewhere, without any secret', () => {
    const message = { stream: 'ORDERS', subject: 'orders.1', seq: 5 };
    const [tail, get] = messageCommands(there, message).map(({ command }) => command);
    expect(tail).toContain('jetlane tail -s nats.example:4223 --domain leaf --stream ORDERS');
    expect(get).toBe('nats -s nats.example:4223 --js-domain leaf stream get ORDERS 5');
  });

  it('name the dead letter stream where it is not the usual one', () => {
    expect(letterCommands(here, 'DLQ', 3)[1]?.command).toBe('jetlane dlq replay --seq 3');
    expect(letterCommands(here, 'MINE', 3)[0]?.command).toBe(
      'jetlane dlq show --seq 3 --dead-letters MINE',
    );
  });

  it('do not take a subject for an option', () => {
    const [watch] = browseCommands(here, { stream: 'ORDERS', subject: '--help' });
    expect(watch?.command).toBe('jetlane tail --stream ORDERS -- --help');
  });
});

describe('quoting', () => {
  const words = [
    "it's",
    '$(touch owned)',
    '`id`',
    'a;b|c&d',
    '"quoted"',
    '*.>',
    '~',
    '#no',
    '!!',
    'ünïcode',
    'back\\slash',
  ];

  it.each(words)('keeps %j one word for sh', (word) => {
    const out = execFileSync('sh', ['-c', `printf %s ${toCommand([word])}`], { encoding: 'utf8' });
    expect(out).toBe(word);
  });

  it('writes control characters so that no terminal obeys them', () => {
    const word = "a\u001b[201~\nrm 'x' \\ \u0080";
    const command = toCommand([word]);
    expect(command).toMatch(/^[ -~]+$/);
    const bash = ['-c', `printf %s ${command}`];
    expect(execFileSync('bash', bash, { encoding: 'utf8' })).toBe(word);
  });
});

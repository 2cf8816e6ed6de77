import { describe, expect, it } from 'vitest';
import { type AckDropOptions, AckDrops } from './ack-drops.ts';
import { AckFilter } from './ack-filter.ts';

const ack = (seq: number, more = '') => `{"stream":"ORDERS", "seq":${seq}${more}}`;
const msg = (subject: string, body: string) =>
  `MSG ${subject} 1 ${Buffer.byteLength(body)}\r\n${body}\r\n`;
const hmsg = (subject: string, headers: string, body: string) =>
  `HMSG ${subject} 2 reply.to ${headers.length} ${headers.length + body.length}\r\n${headers}${body}\r\n`;

const INFO = 'INFO {"server_id":"x","headers":true}\r\n';
const HEADERS = 'NATS/1.0\r\nA: b\r\n\r\n';
const large = msg('orders.placed.o-2', `MSG _INBOX.a.1 1 2\r\n${'x'.repeat(20_000)}`);

describe('an ack filter', () => {
  const wire = [
    INFO,
    'PING\r\n',
    msg('_INBOX.a.1', ack(1)),
    msg('orders.placed.o-1', ack(2)), // no reply to an inbox
    hmsg('_INBOX.a.2', HEADERS, ack(3, ',"duplicate": true')),
    large,
    msg('_INBOX.a.3', '{"type":"io.nats.jetstream.api.v1.x","stream":"ORDERS","seq":4}'),
    msg('_INBOX.a.4', '{"error":{"code":400},"stream":"ORDERS","seq":0}'),
    msg('_INBOX.a.5', ''),
    '+OK\r\n',
    "-ERR 'Unknown Protocol Operation'\r\n",
    msg('_INBOX.a.6', ack(5)),
    'PONG\r\n',
  ];
  const withoutAcks = wire.filter((_, at) => ![2, 4, 11].includes(at)).join('');

  it.each([1, 2, 3, 7, 64, 1_000, 4_096, 65_536])(
    'drops PubAcks and nothing else, whatever the chunks: %i bytes each',
    (size) => {
      const seen: number[] = [];
      const filter = new AckFilter({
        drops: ({ seq }) => seen.push(seq) > 0,
        unreadable: () => expect.unreachable(),
      });
      const data = Buffer.from(wire.join(''));
      const passed: Buffer[] = [];
      for (let at = 0; at < data.length; at += size)
        passed.push(...filter.push(data.subarray(at, at + size)));
      expect(Buffer.concat(passed).toString()).toBe(withoutAcks);
      expect(seen).toEqual([1, 3, 5]);
    },
  );

  it('holds a frame back only until it is whole', () => {
    const filter = new AckFilter({ drops: () => false, unreadable: () => {} });
    expect(text(filter.push(Buffer.from(`${INFO}MSG _INBOX.a.1 1 4\r\nab`)))).toBe(INFO);
    expect(text(filter.push(Buffer.from('cd\r\nPI')))).toBe('MSG _INBOX.a.1 1 4\r\nabcd\r\n');
  });

  it.each([
    ['TLS', Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 13, 10, 3])],
    ['a line without end', Buffer.alloc(70_000, 'x')],
    ['sizes that are none', Buffer.from('MSG a 1 -4\r\n')],
  ])('passes what is no NATS protocol, and says so: %s', (_, data) => {
    let unreadable = 0;
    const filter = new AckFilter({ drops: () => true, unreadable: () => unreadable++ });
    expect(Buffer.concat(filter.push(data))).toEqual(data);
    expect(text(filter.push(Buffer.from(msg('_INBOX.a.1', ack(1)))))).toContain('ORDERS');
    expect(unreadable).toBe(1);
  });
});

describe('a rule of which acks to drop', () => {
  it.each<[AckDropOptions, number[]]>([
    [{}, [1, 2, 3, 4, 5, 6]],
    [{ every: 2 }, [2, 4, 6]],
    [{ copies: 'first' }, [1, 3, 5]],
    [{ copies: 'first', every: 2 }, [3]],
    [{ max: 2 }, [1, 2]],
    [{ stream: 'DLQ' }, []],
    [{ probability: 0 }, []],
  ])('%o', (options, expected) => {
    expect(dropped(options, 1)).toEqual(expected);
  });

  it('chooses the same ones with the same seed', () => {
    const many = { probability: 0.5, max: 3 };
    expect(dropped(many, 1)).toEqual(dropped(many, 1));
    expect(dropped({ probability: 0.5 }, 1)).not.toEqual(dropped({ probability: 0.5 }, 2));
  });

  function dropped(options: AckDropOptions, seed: number): number[] {
    const drops = new AckDrops(options, seed);
    return [1, 2, 3, 4, 5, 6].filter((seq) =>
      drops.drops({ stream: 'ORDERS', seq, duplicate: seq % 2 === 0 }),
    );
  }
});

function text(parts: readonly Buffer[]): string {
  return Buffer.concat(parts).toString();
}

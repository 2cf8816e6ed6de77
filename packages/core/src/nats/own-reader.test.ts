import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { Kind, MsgImpl, Parser, type ParserEvent } from '@nats-io/nats-core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OwnMsg } from './own-msg.ts';
import { OwnReader } from './own-reader.ts';

const OURS = 7;
const BLOCK = 'NATS/1.0\r\nce-type: Placed\r\nname: é\r\n\r\n';

/** The inside of a client without a server, which writes down what it reads. */
function client({ version = '3.4.0' } = {}) {
  const read: object[] = [];
  const protocol = {
    transport: { version },
    inMsgs: 0,
    inBytes: 0,
    publish: () => {},
    parser: undefined as unknown as Parser,
    push: ({ kind, msg, data }: ParserEvent) => {
      if (kind !== Kind.MSG || msg === undefined) read.push({ kind, data: String(data) });
      else read.push(seen(new MsgImpl(msg, data as Uint8Array, protocol) as Msg));
    },
    connect: () => {
      protocol.parser = new Parser(protocol);
    },
  };
  protocol.connect();
  return { read, protocol, nc: { protocol } as unknown as NatsConnection };
}

/** What can be seen of a message, as text. */
function seen(msg: Msg): object {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  const headers = [...(msg.headers ?? [])].map(([name, values]) => `${name}=${values}`);
  const { sid, subject, reply = '' } = msg;
  return { sid, subject, reply, headers, data: text(msg.data), string: msg.string() };
}

/** A client that hands `OURS` to a list of its own. */
function reading() {
  const { read, protocol, nc } = client();
  const reader = OwnReader.of(nc) as OwnReader;
  const own: Msg[] = [];
  let resolve = () => {};
  const closed = new Promise<void>((ended) => {
    resolve = ended;
  });
  let isClosed = false;
  const subscription = { received: 0, getID: () => OURS, isClosed: () => isClosed, closed };
  const end = () => {
    isClosed = true;
    resolve();
  };
  reader.take(subscription as unknown as Subscription, (msg) => {
    own.push(msg);
    read.push(seen(msg));
  });
  return { reader, read, own, protocol, subscription, end };
}

const message = (sid: number, { subject = 'a.b', reply = '', block = '', payload = '{}' } = {}) => {
  const sizes = [...(block ? [Buffer.byteLength(block)] : []), Buffer.byteLength(block + payload)];
  const words = [subject, sid, ...(reply ? [reply] : []), ...sizes].join(' ');
  return `${block ? 'HMSG' : 'MSG'} ${words}\r\n${block}${payload}\r\n`;
};

describe('reading from the socket', () => {
  it('reads what the client would have read, however it is cut', () => {
    const frame = fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .tuple(
            fc.constantFrom(OURS, OURS, OURS, 8, 123_456),
            fc.constantFrom('a.b', 'é.ü', 'a.\u0001', 'x'.repeat(300)),
            fc.constantFrom('', '12', '$JS.ACK.S.c.1.2.3.4.5', '_INBOX.é'),
            fc.constantFrom(
              '',
              BLOCK,
              'NATS/1.0 503\r\n\r\n',
              'NATS/1.0 408 Timeout\r\nA: b\r\n\r\n',
            ),
            fc.constantFrom('', '{}', 'PING\r\n', `MSG a.b ${OURS} 2\r\n{}\r\n`, 'é'.repeat(500)),
          )
          .map(([sid, subject, reply, block, payload]) =>
            message(sid, { subject, reply, block, payload }),
          ),
      },
      fc.constantFrom('PING\r\n', 'PONG\r\n', '+OK\r\n', "-ERR 'no'\r\n", 'INFO {"a":1}\r\n'),
    );
    const cases = fc.tuple(
      fc.array(frame, { maxLength: 12 }),
      fc.array(fc.nat(400), { maxLength: 20 }),
    );
    fc.assert(
      fc.property(cases, ([frames, cuts]) => {
        const bytes = Buffer.from(frames.join(''));
        const ours = reading();
        const theirs = client();
        let at = 0;
        for (const length of [...cuts, bytes.length]) {
          ours.protocol.parser.parse(bytes.subarray(at, at + length));
          theirs.protocol.parser.parse(bytes.subarray(at, at + length));
          at = Math.min(bytes.length, at + length);
        }
        expect(ours.read).toEqual(theirs.read);
      }),
      { numRuns: 1_000 },
    );
  });

  it('hands whole messages to who takes them, and counts them', () => {
    const { own, protocol, subscription } = reading();
    const text = message(OURS, { block: BLOCK, reply: 'r' });
    protocol.parser.parse(Buffer.from(text + message(8) + text));
    expect(own).toHaveLength(2);
    const [msg] = own as [OwnMsg & Msg];
    expect(msg).toBeInstanceOf(OwnMsg);
    expect(msg.headerText()).toBe(BLOCK);
    expect(msg.headerText('NATS/1.0\r\n'.length)).toBe(BLOCK.slice('NATS/1.0\r\n'.length));
    expect(msg.headerText(1_000)).toBe('');
    expect(msg.headersBegin(Buffer.from('NATS/1.0\r\nce-type: Placed\r\n'))).toBe(true);
    expect(msg.headersBegin(Buffer.from('NATS/1.0\r\nce-type: Paid\r\n'))).toBe(false);
    expect(msg.headersBegin(Buffer.from(`${BLOCK}{}`))).toBe(false);
    expect(msg.size).toBe('a.b'.length + 'r'.length + Buffer.byteLength(`${BLOCK}{}`));
    expect(subscription.received).toBe(2);
    expect(protocol).toMatchObject({ inMsgs: 2, inBytes: 2 * Buffer.byteLength(`${BLOCK}{}`) });
  });

  it('leaves those of a subscription that has ended to the client', () => {
    const { own, read, protocol, end } = reading();
    end();
    protocol.parser.parse(Buffer.from(message(OURS)));
    expect(own).toEqual([]);
    expect(read).toHaveLength(1);
  });

  it('gives nothing more to a subscription that ends by what stands before', () => {
    const { own, read, protocol, end } = reading();
    const { push } = protocol;
    protocol.push = (event) => {
      push(event);
      end();
    };
    const text = message(OURS) + message(OURS);
    for (const part of [text.slice(0, 12), text.slice(12)])
      protocol.parser.parse(Buffer.from(part));
    expect(own).toEqual([]);
    expect(read).toHaveLength(2);
  });

  it('keeps nothing of a subscription that has ended', async () => {
    const { reader, own, protocol, subscription, end } = reading();
    end();
    await subscription.closed;
    const seenLater: Msg[] = [];
    const next = { ...subscription, isClosed: () => false, closed: new Promise<void>(() => {}) };
    reader.take(next as unknown as Subscription, (msg) => seenLater.push(msg));
    protocol.parser.parse(Buffer.from(message(OURS)));
    expect([own.length, seenLater.length]).toEqual([0, 1]);
  });

  it('reads on behind a subject with any other byte in it', () => {
    const { own, protocol } = reading();
    protocol.parser.parse(Buffer.from(message(OURS, { subject: 'a.\u0001' }) + message(OURS)));
    expect(own.map(({ subject }) => subject)).toEqual(['a.\u0001', 'a.b']);
  });

  it('goes on with the next connection, wherever the last one broke', () => {
    const { reader, own, protocol } = reading();
    protocol.parser.parse(Buffer.from(message(OURS).slice(0, -4)));
    protocol.connect();
    // Before it is told: the parser is in the middle of a line then.
    protocol.parser.parse(Buffer.from('PI'));
    reader.follow();
    protocol.parser.parse(Buffer.from('NG\r\n'));
    protocol.parser.parse(Buffer.from(message(OURS)));
    expect(own).toHaveLength(1);
  });

  it.each([
    ['two spaces', `MSG  a.b ${OURS} 2\r\n{}\r\n`],
    ['a tab', `MSG a.b\t${OURS} 2\r\n{}\r\n`],
    ['small letters', `msg a.b ${OURS} 2\r\n{}\r\n`],
  ])('leaves all that follows a line with %s to the client', (_, line) => {
    for (const cut of [line.length, 3, 9]) {
      const { own, read, protocol } = reading();
      const bytes = Buffer.from(line + message(OURS));
      protocol.parser.parse(bytes.subarray(0, cut));
      protocol.parser.parse(bytes.subarray(cut));
      expect(read).toHaveLength(2);
      expect(own.length).toBeLessThanOrEqual(1);
    }
  });

  it.each([
    ['no number', `MSG a.b ${OURS} x\r\n`],
    ['too few words', `MSG a.b\r\n`],
    ['more headers than there is', `HMSG a.b ${OURS} 9 2\r\n`],
    ['another verb', `MSX a.b ${OURS} 2\r\n{}\r\n`],
  ])('lets the client refuse a line with %s', (_, line) => {
    const { protocol } = reading();
    expect(() => protocol.parser.parse(Buffer.from(line))).toThrow();
  });

  it('is not done for a client that is not known from inside', () => {
    expect(OwnReader.of(client({ version: '9.0.0' }).nc)).toBeUndefined();
    expect(OwnReader.of({} as NatsConnection)).toBeUndefined();
  });
});

import type { EncodedMessage } from '@jetlane/contracts';
import type { Msg } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import { until } from '../../test/until.ts';
import type { Connection } from './connection.ts';
import { Publisher } from './publisher.ts';

const message: EncodedMessage = { id: '1', subject: 's', headers: {}, payload: new Uint8Array(0) };

function stage() {
  const replies: string[] = [];
  let answer: (msg: Msg) => void = () => {};
  const connection = {
    nc: {},
    apiPrefix: '$JS.API',
    connected: true,
    newInbox: () => 'inbox',
    subscribe: (_: string, onMessage: (msg: Msg) => void) => {
      answer = onMessage;
      return { drain: async () => {}, unsubscribe: () => {} };
    },
    onChange: () => () => {},
    onServerError: () => () => {},
    onEnd: () => () => {},
  } as unknown as Connection;
  const publisher = new Publisher(connection, {
    maxInFlight: 1,
    maxInFlightBytes: 1_000_000,
    publishTimeoutMs: 60_000,
    frames: { by: 'own', write: (_, reply) => void replies.push(reply) },
  });
  const body = '{"stream":"S","seq":1}';
  /** Acknowledges all that was sent. */
  const ack = () => {
    for (let subject = replies.shift(); subject !== undefined; subject = replies.shift())
      answer({ subject, data: Buffer.from(body), string: () => body } as unknown as Msg);
  };
  return { publisher, ack };
}

describe('a publisher', () => {
  it('tells every bulk writer that there is room, also behind some that gave up', async () => {
    const { publisher, ack } = stage();
    const stored = Promise.all([publisher.store(message), publisher.store(message)]);
    for (let n = 0; n < 8; n++) void publisher.room();
    let told = false;
    void publisher.room()?.then(() => {
      told = true;
    });
    expect(told).toBe(false);
    ack();
    await stored;
    await until('the last writer hears of it', () => told, 5_000);
    await publisher.drain(0);
  });
});

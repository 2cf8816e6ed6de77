import { describe, expect, it } from 'vitest';
import {
  OPERATION,
  readIngestAnswer,
  readReply,
  replyFor,
  replyPrefix,
} from './ingest-protocol.ts';

describe('the words of fast ingest', () => {
  it('puts a batch, its flow and the number of a message into the reply subject, and finds them there', () => {
    const reply = replyFor(replyPrefix('_INBOX.a', 'batch-1', 500), 17, OPERATION.append);
    expect(reply).toBe('_INBOX.a.batch-1.500.fail.17.1.$FI');
    expect(readReply(reply, '_INBOX.a')).toEqual({ batch: 'batch-1', number: 17 });
  });

  it('reads every kind of answer', () => {
    const read = (body: string) => readIngestAnswer(body, 9);
    expect(read('{"type":"ack","seq":1000,"msgs":500}')).toEqual({
      kind: 'flow',
      number: 1_000,
      apart: 500,
    });
    expect(read('{"type":"gap","last_seq":5,"seq":9}')).toEqual({ kind: 'gap' });
    const refused =
      '{"type":"err","seq":4,"error":{"code":400,"err_code":10060,"description":"x"}}';
    expect(read(refused)).toEqual({ kind: 'error', number: 4, code: 10_060, body: refused });
    const error = '{"error":{"code":400,"err_code":10205,"description":"x"},"stream":"S","seq":0}';
    expect(read(error)).toEqual({ kind: 'error', number: 9, code: 10_205, body: error });
    expect(read('{"stream":"S","seq":70,"batch":"b","count":33}')).toEqual({
      kind: 'end',
      count: 33,
      seq: 70,
      duplicate: false,
    });
    expect(read('{"stream":"S", "seq":7,"duplicate": true}')).toEqual({
      kind: 'plain',
      seq: 7,
      duplicate: true,
    });
  });

  it('takes nothing else for an answer', () => {
    for (const body of ['', '{', 'null', '3', '{}', '{"seq":1}', '{"type":"new"}'])
      expect(readIngestAnswer(body, 1)).toBeUndefined();
  });

  it('never takes acks to be less than one message apart', () => {
    expect(readIngestAnswer('{"type":"ack","seq":0,"msgs":0}', 1)).toMatchObject({ apart: 1 });
  });
});

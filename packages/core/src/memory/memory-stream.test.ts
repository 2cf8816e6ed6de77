import { expect, it } from 'vitest';
import { MemoryStream } from './memory-stream.ts';
import { type StreamSettings, toStreamSettings } from './settings.ts';

const bytes = new TextEncoder();

function open(settings: Partial<StreamSettings> = {}) {
  const stream = new MemoryStream({
    ...toStreamSettings({ name: 'ORDERS', subjects: ['orders.>'] }),
    ...settings,
  });
  let order = 0;
  return {
    stream,
    put: (subject: string, headers: Record<string, string> = {}, nowMs = 0, body = 'x') =>
      stream.store({ id: '', subject, headers, payload: bytes.encode(body) }, nowMs, order++),
    subjects: (nowMs = 0) => [...stream.messages(nowMs)].map(({ subject }) => subject),
  };
}

it('numbers messages and keeps them in order', () => {
  const { put, subjects } = open();
  expect([put('orders.a').seq, put('orders.b').seq, put('orders.c').seq]).toEqual([1, 2, 3]);
  expect(subjects()).toEqual(['orders.a', 'orders.b', 'orders.c']);
});

it('keeps its own copy of the bytes', () => {
  const { stream } = open();
  const payload = bytes.encode('before');
  stream.store({ id: '', subject: 'orders.a', headers: {}, payload }, 0, 0);
  payload.fill(0);
  expect(new TextDecoder().decode(stream.at(1)?.payload)).toBe('before');
});

it('stores an id once inside the window, and again after it', () => {
  const { put } = open({ dedupeWindowMs: 100 });
  const id = { 'Nats-Msg-Id': 'one' };
  expect(put('orders.a', id, 0)).toEqual({ stream: 'ORDERS', seq: 1, duplicate: false });
  expect(put('orders.a', id, 99)).toEqual({ stream: 'ORDERS', seq: 1, duplicate: true });
  expect(put('orders.a', id, 100)).toEqual({ stream: 'ORDERS', seq: 2, duplicate: false });
});

it('reports a duplicate even when it is full', () => {
  const { put } = open({ maxMsgs: 1, discard: 'new' });
  put('orders.a', { 'Nats-Msg-Id': 'one' });
  expect(put('orders.a', { 'Nats-Msg-Id': 'one' }).duplicate).toBe(true);
});

it('drops the oldest at maxMsgs and at maxBytes', () => {
  const few = open({ maxMsgs: 2 });
  for (const name of ['a', 'b', 'c']) few.put(`orders.${name}`);
  expect(few.subjects()).toEqual(['orders.b', 'orders.c']);
  const small = open({ maxBytes: 60 });
  for (const name of ['a', 'b', 'c']) small.put(`orders.${name}`);
  expect(small.subjects()).toEqual(['orders.b', 'orders.c']);
});

it('refuses new messages at a limit when it discards new ones', () => {
  const few = open({ maxMsgs: 1, discard: 'new' });
  few.put('orders.a');
  expect(() => few.put('orders.b')).toThrow(expect.objectContaining({ code: 'STREAM_FULL' }));
  const small = open({ maxBytes: 50, discard: 'new' });
  small.put('orders.a');
  expect(() => small.put('orders.b', {}, 0, 'x'.repeat(50))).toThrow(
    expect.objectContaining({ code: 'STREAM_FULL' }),
  );
  expect(few.subjects()).toEqual(['orders.a']);
});

it('keeps the last messages of each subject', () => {
  const { put, subjects } = open({ maxMsgsPerSubject: 1 });
  for (const name of ['a', 'b', 'a', 'c', 'a']) put(`orders.${name}`);
  expect(subjects()).toEqual(['orders.b', 'orders.c', 'orders.a']);
});

it('refuses a subject that is full with new-per-subject, and takes others', () => {
  const { put, subjects } = open({ maxMsgsPerSubject: 1, discard: 'new-per-subject' });
  put('orders.a');
  expect(() => put('orders.a')).toThrow(expect.objectContaining({ code: 'STREAM_FULL' }));
  put('orders.b');
  expect(subjects()).toEqual(['orders.a', 'orders.b']);
});

it('replaces the message of a full subject although the stream is full and discards new ones', () => {
  const { put, subjects } = open({ maxMsgsPerSubject: 1, maxMsgs: 2, discard: 'new' });
  for (const name of ['a', 'b', 'a']) put(`orders.${name}`);
  expect(subjects()).toEqual(['orders.b', 'orders.a']);
});

it('drops what is older than maxAge, and what its own TTL ends', () => {
  const { put, subjects } = open({ maxAgeMs: 10_000 });
  put('orders.old');
  put('orders.never', { 'Nats-TTL': 'never' });
  put('orders.soon', { 'Nats-TTL': '2s' }, 5_000);
  put('orders.new', {}, 5_000);
  expect(subjects(6_999)).toEqual(['orders.old', 'orders.never', 'orders.soon', 'orders.new']);
  expect(subjects(7_000)).toEqual(['orders.old', 'orders.never', 'orders.new']);
  expect(subjects(10_000)).toEqual(['orders.never', 'orders.new']);
  expect(subjects(15_000)).toEqual(['orders.never']);
});

it('refuses a message over maxMsgSize', () => {
  const { put } = open({ maxMsgSize: 40 });
  put('orders.a');
  expect(() => put('orders.a', {}, 0, 'x'.repeat(50))).toThrow(
    expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }),
  );
});

it('drops what no longer fits when its limits get tighter', () => {
  const { stream, put, subjects } = open();
  for (const name of ['a', 'a', 'b', 'c']) put(`orders.${name}`);
  stream.update({ ...stream.settings, maxMsgsPerSubject: 1, maxMsgs: 2 }, 0);
  expect(subjects()).toEqual(['orders.b', 'orders.c']);
});

it('acknowledges and keeps nothing with interest retention and no reader', () => {
  const { put, subjects, stream } = open({ retention: 'interest' });
  expect(put('orders.a').seq).toBe(1);
  expect(subjects()).toEqual([]);
  expect(stream.firstSeq).toBe(2);
});

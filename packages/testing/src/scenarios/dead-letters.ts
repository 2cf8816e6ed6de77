import { on, type WorkerOptions, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario, type Stage } from '../stage.ts';
import { topic } from '../topic.ts';
import { holds, until } from '../until.ts';

const soon = { minDelay: '5ms', maxDelay: '20ms' } as const;
const text = (payload: Uint8Array) => new TextDecoder().decode(payload);
const bytes = (value: string) => new TextEncoder().encode(value);

/** What is given up on is kept, once, with everything that is known about it. */
export const deadLetters: readonly Scenario[] = [
  {
    name: 'keeps one record of a message whose attempts are used up: original bytes, headers and why',
    async play(stage) {
      const { Stream, Sent, prefix, durable } = topic();
      let calls = 0;
      const client = await stage.start(
        worker(durable('reader'), { from: Stream, retry: { attempts: 3, ...soon } }, [
          on(Sent, () => {
            calls++;
            throw new TypeError('no such card');
          }),
        ]),
      );
      const body = '{"key":"k","n":  7}';
      await stage.world.inject(`${prefix}.sent.k`, bytes(body), {
        'ce-type': Sent.type,
        'x-test': 'kept',
        'Nats-Msg-Id': `id-${prefix}`,
      });
      const [letter] = await stage.buried(durable('reader'), 1);
      expect(calls).toBe(3);
      expect(text(letter?.payload as Uint8Array)).toBe(body);
      expect(letter?.stream).toBe('DLQ');
      expect(letter?.subject).toBe(`_jl.dlq.${Stream.name}.${durable('reader')}`);
      expect(letter?.headers).toMatchObject({
        'ce-type': Sent.type,
        'x-test': 'kept',
        'jl-reason': 'attempts-exhausted',
        'jl-error': 'no such card',
        'jl-error-code': 'HANDLER_FAILED',
        'jl-attempts': '3',
        'jl-stream': Stream.name,
        'jl-seq': '1',
        'jl-subject': `${prefix}.sent.k`,
        'jl-durable': durable('reader'),
      });
      expect(letter?.headers['Nats-Msg-Id']).toMatch(`${Stream.name}:1:${durable('reader')}:`);
      for (const time of ['jl-time', 'jl-buried-at'])
        expect(Date.parse(letter?.headers[time] ?? '')).toBeGreaterThan(0);
      await client.close();
      expect(await stage.buried(durable('reader'))).toHaveLength(1);
    },
  },
  {
    name: 'buries at once what the handler rejects',
    async play(stage) {
      expect(await buriedAfter(stage, {}, ({ reject }) => reject('card is stolen'))).toMatchObject({
        calls: 1,
        headers: { 'jl-reason': 'rejected', 'jl-attempts': '1', 'jl-error': 'card is stolen' },
      });
    },
  },
  {
    name: 'buries at once what retry.when does not want to see again',
    async play(stage) {
      const retry = {
        attempts: 5,
        ...soon,
        when: (error: unknown) => !(error instanceof RangeError),
      };
      const result = await buriedAfter(stage, { retry }, () => {
        throw new RangeError('out of range');
      });
      expect(result).toMatchObject({
        calls: 1,
        headers: { 'jl-reason': 'not-retryable', 'jl-attempts': '1', 'jl-error': 'out of range' },
      });
    },
  },
  {
    name: 'counts the attempts of a lane that holds',
    async play(stage) {
      const options = { retry: { attempts: 3, ...soon }, orderBy: () => 'one lane' };
      const result = await buriedAfter(stage, options, () => {
        throw new Error('never');
      });
      expect(result).toMatchObject({
        calls: 3,
        headers: { 'jl-reason': 'attempts-exhausted', 'jl-attempts': '3' },
      });
    },
  },
  {
    name: 'ends a message without a record where there are no dead letters',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      let calls = 0;
      const client = await stage.start(
        worker(durable('reader'), { from: Stream, deadLetter: false }, [
          on(Sent, (_, { reject }) => {
            calls++;
            reject('no');
          }),
        ]),
      );
      await client.publish(Sent({ key: 'k', n: 1 }));
      await until(() => calls === 1, DEADLINE_MS, 'the call');
      await holds(() => calls === 1, 100, 'one call only');
      expect(await stage.buried(durable('reader'))).toEqual([]);
    },
  },
  {
    name: 'keeps the record in the stream that the worker names',
    async play(stage) {
      const { id, Stream, Sent, durable } = topic();
      const deadLetter = `G_${id.toUpperCase()}`;
      const client = await stage.start(
        worker(durable('reader'), { from: Stream, deadLetter }, [
          on(Sent, (_, { reject }) => reject('no')),
        ]),
      );
      await client.publish(Sent({ key: 'k', n: 1 }));
      const [letter] = await stage.buried(durable('reader'), 1);
      expect(letter?.stream).toBe(deadLetter);
    },
  },
  {
    name: 'buries what cannot be read, with the reason, while others flow on',
    async play(stage) {
      const { Stream, Sent, prefix, durable } = topic();
      const seen: number[] = [];
      const client = await stage.start(
        worker(durable('reader'), { from: Stream, orderBy: 'key' }, [
          on(Sent, ({ data: { n } }) => void seen.push(n)),
        ]),
      );
      const inject = (payload: Uint8Array, headers: Record<string, string>) =>
        stage.world.inject(`${prefix}.sent.k`, payload, headers);
      await client.publish(Sent({ key: 'k', n: 1 }));
      await inject(bytes('{"key":"k","n":2}'), { 'ce-type': 'Unheard' });
      await inject(new Uint8Array([0xc1, 0xff, 0xdd]), {
        'ce-type': Sent.type,
        'ce-datacontenttype': 'application/msgpack',
      });
      await inject(bytes('{"key":"k"}'), { 'ce-type': Sent.type });
      await inject(bytes('{"key":"k","n":9}'), {
        'ce-type': Sent.type,
        'ce-dataschema': `jetlane:${Sent.type}/9`,
      });
      await client.publish(Sent({ key: 'k', n: 3 }));
      const letters = await stage.buried(durable('reader'), 4);
      await until(() => seen.length === 2, DEADLINE_MS, 'both good ones');
      expect(seen).toEqual([1, 3]);
      const codes = letters.map(({ headers }) => [
        headers['jl-seq'],
        headers['jl-reason'],
        headers['jl-error-code'],
      ]);
      expect(codes.toSorted()).toEqual([
        ['2', 'unreadable', 'TYPE_UNKNOWN'],
        ['3', 'unreadable', 'DECODE_FAILED'],
        ['4', 'unreadable', 'VALIDATION_FAILED'],
        ['5', 'unreadable', 'TYPE_UNKNOWN'],
      ]);
      expect(letters.every(({ headers }) => headers['jl-attempts'] === '1')).toBe(true);
    },
  },
];

/** Publishes one message to a worker that fails in this way; how often it was called, and its record. */
async function buriedAfter(
  stage: Stage,
  options: Partial<Omit<WorkerOptions<ReturnType<typeof topic>['Stream']>, 'from'>>,
  fail: (context: { reject(reason: string): never }) => void,
): Promise<{ calls: number; headers: Readonly<Record<string, string>> }> {
  const { Stream, Sent, durable } = topic();
  let calls = 0;
  const client = await stage.start(
    worker(durable('reader'), { from: Stream, ...options }, [
      on(Sent, (_, context) => {
        calls++;
        fail(context);
      }),
    ]),
  );
  await client.publish(Sent({ key: 'k', n: 1 }));
  const letters = await stage.buried(durable('reader'), 1);
  expect(letters).toHaveLength(1);
  return { calls, headers: letters[0]?.headers ?? {} };
}

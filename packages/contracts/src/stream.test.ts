import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { event } from './definition.ts';
import { stream } from './stream.ts';

const schema = z.object({ orderId: z.string() });
const OrderPlaced = event('OrderPlaced', { subject: 'orders.placed.{orderId}', schema });
const OrderPaid = event('OrderPaid', { subject: 'orders.paid.{orderId}', schema });
const CardCharged = event('CardCharged', { subject: 'cards.charged.{orderId}', schema });
const base = { subjects: ['orders.>'], messages: [OrderPlaced] };

/** As a caller without types would. */
const declare = (options: unknown, name = 'ORDERS') => stream(name, options as never);

describe('stream', () => {
  test('is an inert, frozen value with its options as given', () => {
    const Orders = stream('ORDERS', { ...base, maxAge: '30d', retention: 'workqueue' });
    expect(Orders).toEqual({
      name: 'ORDERS',
      kind: 'stream',
      subjects: ['orders.>'],
      messages: [OrderPlaced],
      options: { maxAge: '30d', retention: 'workqueue' },
    });
    for (const part of [Orders, Orders.options, Orders.messages, Orders.subjects]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test('accepts every option there is', () => {
    const all = {
      subjects: ['orders.>', 'cards.*.*'],
      messages: [OrderPlaced, OrderPaid, CardCharged],
      managed: true,
      description: 'All orders',
      retention: 'limits',
      maxAge: '30d',
      maxBytes: '10GiB',
      maxMsgs: 1_000_000,
      maxMsgsPerSubject: 10,
      maxMsgSize: '64KiB',
      maxConsumers: 20,
      discard: 'new-per-subject',
      dedupeWindow: '2m',
      replicas: 1,
      storage: 'file',
      durability: 'async',
      compression: 's2',
      denyDelete: true,
      denyPurge: false,
      placement: { cluster: 'eu', tags: ['ssd'] },
      republish: { from: 'orders.>', to: 'live.orders.>', headersOnly: true },
      subjectTransform: { from: 'orders.*.*', to: 'all.{{wildcard(1)}}.{{wildcard(2)}}' },
      sources: [{ name: 'OLD', filter: 'orders.>', startSeq: 5, domain: 'hub' }],
      metadata: { team: 'shop' },
      jetstream: { allow_rollup_hdrs: true },
    } as const;
    expect(declare(all).options).toMatchObject({ replicas: 1, sources: all.sources });
  });

  test('a mirror, and a stream of sources only, need no subjects', () => {
    const messages = [OrderPlaced, CardCharged];
    expect(stream('COPY', { subjects: [], messages, mirror: { name: 'ORDERS' } }).subjects).toEqual(
      [],
    );
    const subjectTransforms = [{ from: 'orders.>', to: 'eu.orders.>' }];
    const sources = [{ name: 'ORDERS', subjectTransforms }, { name: 'CARDS' }];
    expect(stream('ALL', { subjects: [], messages, sources }).options.sources).toHaveLength(2);
  });

  test('two messages may share a subject, because their types tell them apart', () => {
    const Other = event('Other', {
      subject: 'orders.{kind}.{orderId}',
      schema: schema.extend({ kind: z.string() }),
    });
    expect(stream('ORDERS', { subjects: ['orders.>'], messages: [OrderPlaced, Other] }).name).toBe(
      'ORDERS',
    );
  });

  test.each(['orders', 'ORDERS-1', 'Orders', '1ORDERS', '', 'X'.repeat(32), undefined])(
    'refuses the name %s',
    (name) => expect(() => stream(name as string, base)).toThrowError(/must be UPPER_CASE/),
  );

  test.each([
    [{ subjects: [] }, /must name at least one pattern/],
    [{ subjects: 'orders.>' }, /subjects must be a list/],
    [{ subjects: ['orders..x'] }, /empty token/],
    [{ subjects: ['orders.>', '_jl.x'] }, /"_jl\.x" must not begin with "\$" or "_"/],
    [{ subjects: ['orders.>', '$JS.x'] }, /must not begin with "\$" or "_"/],
    [{ subjects: ['orders.>', 'orders.*'] }, /overlap: leave out "orders\.\*"/],
    [{ subjects: ['orders.>', '*.x'] }, /overlap: a server refuses that/],
    [{ subjects: ['cards.>'] }, /no subject of this stream covers "orders\.placed\.\{orderId\}"/],
    [{ messages: undefined }, /messages must be a list/],
    [{ messages: [OrderPlaced, 5] }, /messages has 5, which is no event or command/],
    [{ messages: [OrderPlaced, OrderPlaced] }, /type "OrderPlaced" twice/],
    [
      { retention: 'queue' },
      /retention must be "limits" or "interest" or "workqueue", not "queue"/,
    ],
    [{ maxAge: '1 day' }, /maxAge must be a positive duration/],
    [{ maxBytes: '10GB' }, /maxBytes must be a positive size/],
    [{ maxMsgs: 0 }, /maxMsgs must be a positive whole number, not 0/],
    [{ maxMsgs: 1.5 }, /maxMsgs must be/],
    [{ replicas: 6 }, /replicas must be a whole number from 1 to 5, not 6/],
    [{ replicas: 3, durability: 'async' }, /'async' needs replicas 1, not 3/],
    [{ storage: 'memory', durability: 'async' }, /'async' needs storage 'file'/],
    [{ discard: 'new-per-subject' }, /needs maxMsgsPerSubject/],
    [{ managed: 'no' }, /managed must be true or false/],
    [{ mirror: 'ORDERS' }, /mirror must be an object, not "ORDERS"/],
    [{ mirror: { name: 'X' } }, /a mirror takes its subjects from the other stream/],
    [
      { subjects: [], mirror: { name: 'X' }, sources: [{ name: 'Y' }] },
      /a mirror or sources, not both/,
    ],
    [{ sources: [] }, /sources must name at least one/],
    [{ sources: [5] }, /sources\[0\] must be \{ name, \.\.\. \}/],
    [
      { sources: [{ nmae: 'X' }] },
      /sources\[0\]\.nmae is no option: did you mean sources\[0\]\.name\?/,
    ],
    [{ sources: [{ name: 'X', filter: 'a..b' }] }, /sources\[0\]\.filter: .*empty token/],
    [{ republish: { to: '' } }, /republish\.to: a subject must not be empty/],
    [
      { republish: { to: 'orders.live.>' } },
      /republish\.to "orders\.live\.>" would be stored again/,
    ],
    [{ maxAge: '50ms' }, /maxAge must be at least '100ms'/],
    [{ maxAge: '1m', dedupeWindow: '2m' }, /dedupeWindow must not exceed maxAge \("1m"\)/],
    [{ subjectTransform: { from: 'a' } }, /subjectTransform\.to must be a subject/],
    [{ placement: { tags: 'ssd' } }, /placement\.tags must be a list/],
    [{ metadata: { a: 1 } }, /metadata\.a must be text/],
    [{ description: 5 }, /description must be text/],
    [{ partitions: 4 }, /partitions must be an object, not 4/],
    [
      { partitions: { by: 'orderId', count: 0 } },
      /partitions\.count must be a whole number from 1/,
    ],
    [{ partitions: { by: 'orderId', count: 257 } }, /from 1 to 256, not 257/],
    [{ partitions: { by: 'sku', count: 4 } }, /partitions\.by names \{sku\}, which .*OrderPlaced/],
    [{ partitions: { count: 4 } }, /partitions\.by must name a subject token/],
    [{ partitions: { by: 'orderId', cuont: 4 } }, /partitions\.cuont is no option/],
    [
      { partitions: { by: 'orderId', count: 4 }, retention: 'workqueue' },
      /partitions need retention 'limits', not "workqueue"/,
    ],
    [
      { partitions: { by: 'orderId', count: 4 }, subjectTransform: { from: 'a', to: 'b' } },
      /partitions or a subjectTransform, not both/,
    ],
    [{ maxage: '1d' }, /maxage is no option: did you mean maxAge\?/],
  ])('refuses %j', (wrong, words) => {
    expect(() => declare({ ...base, ...wrong })).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(words) }),
    );
  });

  test('lists everything that is wrong at once', () => {
    expect(() =>
      declare({ subjects: ['a.b*'], messages: [5], maxAge: 'x', replicas: 9 }, 'orders'),
    ).toThrowError(/^stream orders has 5 problems:/);
    expect(() => declare(undefined)).toThrowError(/it needs \{ subjects, messages \}/);
  });
});

test('options that cannot be printed are refused in words all the same', () => {
  const strange = {
    subjects: [Object.create(null), [Object.create(null)]],
    messages: [OrderPlaced],
  };
  for (const name of ['STRANGE', Object.create(null)])
    expect(() => stream(name as never, strange as never)).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
});

import { describe, expect, it } from 'vitest';
import { begin, bulkStage, failure, upTo } from './bulk-setup.ts';

const stage = bulkStage();

describe('publish with atomic: true', () => {
  it('stores all of one stream at positions in a row', async () => {
    const { rows } = await begin(stage);
    const acks = await stage.client.publish(rows(1_000), { atomic: true });
    expect(acks.map(({ seq }) => seq)).toEqual(upTo(1_000).map((n) => n + 1));
    expect(acks.every(({ duplicate }) => !duplicate)).toBe(true);
    expect(await stage.client.publish([], { atomic: true })).toEqual([]);
  });

  it('takes the same again as duplicates, and stores nothing where some ids are known', async () => {
    const { rows, state } = await begin(stage);
    const acks = await stage.client.publish(rows(5), { atomic: true });
    const again = await stage.client.publish(rows(5), { atomic: true });
    expect(again).toEqual(acks.map((ack) => ({ ...ack, duplicate: true })));
    await expect(stage.client.publish(rows(7), { atomic: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('5 of the 7 ids'),
    });
    expect((await state()).messages).toBe(5);
    // What was asked about the unknown ids has not used them up.
    expect(await stage.client.publish(rows(7).slice(5), { atomic: true })).toMatchObject([
      { seq: 6 },
      { seq: 7 },
    ]);
  });

  it('refuses more than 1,000, several streams, repeated ids, and what is due later, before anything is sent', async () => {
    const one = await begin(stage);
    const two = await begin(stage);
    await expect(stage.client.publish(one.rows(1_001), { atomic: true })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('at most 1000'),
    });
    const wrong = [
      ...one.rows(2),
      ...one.rows(1),
      ...two.rows(1),
      one.Row({ n: 9 }, { delay: '1h' }),
    ];
    const { code, error } = await failure(stage.client.publish(wrong, { atomic: true }));
    expect(code).toBe('CONFIG_INVALID');
    for (const words of ['one stream', 'id of its own', 'due later'])
      expect(error.message).toContain(words);
    expect((await one.state()).messages).toBe(0);
    await expect(
      stage.client.publish(one.rows(1), { atomic: 1, more: 2 } as never),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('stores none where one is refused, and says that a stream takes no batches', async () => {
    const full = await begin(stage, { maxMsgs: 3, discard: 'new' });
    await expect(stage.client.publish(full.rows(4), { atomic: true })).rejects.toMatchObject({
      code: 'STREAM_FULL',
    });
    expect((await full.state()).messages).toBe(0);
    const off = await begin(stage, { durability: 'async' });
    await expect(stage.client.publish(off.rows(2), { atomic: true })).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
      message: expect.stringContaining('allow_atomic'),
    });
  });
});

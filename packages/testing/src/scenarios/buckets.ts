import { type KvEntry, type KvStore, kv } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario, type Stage } from '../stage.ts';
import { type Item, itemSchema, topic } from '../topic.ts';
import { until } from '../until.ts';

/** Key-value buckets: one winner for each revision, checked values, and watches that skip nothing. */
export const buckets: readonly Scenario[] = [
  {
    name: 'keeps what was put, with rising revisions over all keys',
    async play(stage) {
      const store = await open(stage);
      const first = await store.put('eu.berlin', item(1));
      const second = await store.put('eu.paris', item(2));
      const third = await store.put('eu.berlin', item(3));
      expect(second).toBeGreaterThan(first);
      expect(third).toBeGreaterThan(second);
      expect(await store.get('eu.berlin')).toEqual(item(3));
      expect(await store.entry('eu.paris')).toEqual({
        key: 'eu.paris',
        value: item(2),
        revision: second,
      });
      expect(await store.get('eu')).toBeUndefined();
      expect(await store.entry('nowhere')).toBeUndefined();
    },
  },
  {
    name: 'lets one writer win for each revision',
    async play(stage) {
      const store = await open(stage);
      await expect(store.put('k', item(0), { revision: 7 })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      const created = await contend(store, 0);
      const updated = await contend(store, created);
      expect((await store.entry('k'))?.revision).toBe(updated);
      await expect(store.put('k', item(9), { revision: created })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      await expect(store.put('k', item(9), { revision: 0 })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    },
  },
  {
    name: 'counts a deleted key as one without a value',
    async play(stage) {
      const store = await open(stage);
      await store.delete('never-there');
      const first = await store.put('k', item(1));
      await store.delete('k');
      expect(await store.get('k')).toBeUndefined();
      expect(await store.entry('k')).toBeUndefined();
      await expect(store.put('k', item(2), { revision: first })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      const again = await store.put('k', item(3), { revision: 0 });
      expect(await store.entry('k')).toMatchObject({ value: item(3), revision: again });
    },
  },
  {
    name: 'removes a value when its time is over, and tells watchers',
    async play(stage) {
      const store = await open(stage);
      await store.put('short', item(1), { ttl: '1s' });
      await store.put('long', item(2));
      const seen = follow(store);
      await until(
        async () => (await store.get('short')) === undefined,
        DEADLINE_MS,
        'the value to expire',
      );
      await until(
        () => seen.some(({ key, value }) => key === 'short' && value === undefined),
        DEADLINE_MS,
        'the watcher to hear of it',
      );
      expect(await store.get('long')).toEqual(item(2));
      expect(await store.put('short', item(3), { revision: 0 })).toBeGreaterThan(0);
    },
  },
  {
    name: 'watches current values, then changes and deletions, of the keys asked for',
    async play(stage) {
      const store = await open(stage);
      await store.put('eu.a', item(1));
      await store.put('us.b', item(2));
      const all = follow(store);
      const some = follow(store, 'eu.*');
      await until(() => all.length === 2 && some.length === 1, DEADLINE_MS, 'current values');
      await store.put('eu.c', item(3));
      await until(() => all.length === 3, DEADLINE_MS, 'the new key');
      await store.delete('eu.a');
      await until(() => all.length === 4 && some.length === 3, DEADLINE_MS, 'all changes');
      expect(all.map(({ key, value }) => [key, value?.n])).toEqual([
        ['eu.a', 1],
        ['us.b', 2],
        ['eu.c', 3],
        ['eu.a', undefined],
      ]);
      const revisions = all.map(({ revision }) => revision);
      expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
      expect(some.map(({ key }) => key)).toEqual(['eu.a', 'eu.c', 'eu.a']);
    },
  },
  {
    name: 'ends a watch at break',
    async play(stage) {
      const store = await open(stage);
      await store.put('a', item(1));
      await store.put('b', item(2));
      const seen: string[] = [];
      for await (const { key } of store.watch()) {
        seen.push(key);
        if (seen.length === 2) break;
      }
      expect(seen).toEqual(['a', 'b']);
    },
  },
  {
    name: 'goes on watching after the server crashed, and skips nothing',
    needs: 'restarts',
    async play(stage) {
      const store = await open(stage);
      const seen = follow(store);
      await store.put('before', item(1));
      await until(() => seen.length === 1, DEADLINE_MS, 'the first value');
      await stage.world.restart?.();
      const count = stage.sizes(200, 20);
      for (let n = 0; n < count; n++) await store.put(`k${n}`, item(n));
      await until(
        () => new Set(seen.map(({ key }) => key)).size === count + 1,
        DEADLINE_MS,
        () => `${count + 1} keys, not ${new Set(seen.map(({ key }) => key)).size}`,
      );
      expect(await store.get('before')).toEqual(item(1));
    },
  },
  {
    name: 'checks values when they are written, and keys always',
    async play(stage) {
      const store = await open(stage);
      await expect(store.put('k', { key: 'k' } as Item)).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
      });
      expect(await store.get('k')).toBeUndefined();
      for (const key of ['', 'a..b', '.a', 'a b', 'a.*', '>', '_jl.claims', 'x'.repeat(300)])
        for (const call of [store.get(key), store.put(key, item(1)), store.delete(key)])
          await expect(call, key).rejects.toMatchObject({ code: 'SUBJECT_INVALID' });
    },
  },
];

function item(n: number): Item {
  return { key: 'k', n };
}

async function open(stage: Stage): Promise<KvStore<Item>> {
  const client = await stage.world.client();
  return client.kv(kv(`b-${topic().id}`, { schema: itemSchema }));
}

/** Eight writers at once; resolves to the revision of the only one that won. */
async function contend(store: KvStore<Item>, revision: number): Promise<number> {
  const writers = Array.from({ length: 8 }, (_, n) => store.put('k', item(n), { revision }));
  const ends = await Promise.allSettled(writers);
  const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const codes = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
  expect(won).toHaveLength(1);
  expect(codes).toEqual(Array.from({ length: 7 }, () => 'CONFLICT'));
  return won[0] as number;
}

/** What a watch has told so far; it ends with its client. */
function follow(store: KvStore<Item>, keys?: string): KvEntry<Item>[] {
  const seen: KvEntry<Item>[] = [];
  void (async () => {
    for await (const entry of store.watch(keys)) seen.push(entry);
  })();
  return seen;
}

import { type EncodedMessage, JetlaneError, json } from '@jetlane/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bucket, BucketWrite } from '../bucket.ts';
import type { Bus } from '../bus.ts';
import { diagnostics, type FenceEvent } from '../diagnostics.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { MemoryBucket } from '../memory/memory-bucket.ts';
import type { InboxTx } from './bucket-tx.ts';
import { bind, type Inbox } from './inbox.ts';
import { kvInbox } from './kv-inbox.ts';

const settings = {
  name: 'i',
  kind: 'inbox',
  history: 1,
  maxAgeMs: 0,
  replicas: undefined,
} as const;

/** An inbox for each process, over one bucket; `before` is called ahead of every write. */
async function processes(count: number, before = async (_: readonly BucketWrite[]) => {}) {
  const memory = new MemoryBucket(settings, new ManualClock(), 1_000_000);
  const bucket: Bucket = {
    read: (key) => memory.read(key),
    watch: (pattern) => memory.watch(pattern),
    async write(writes) {
      await before(writes);
      return memory.write(writes);
    },
  };
  const bus = { bucket: async () => bucket, maxPayload: 1_000_000 } as unknown as Bus;
  const around = { bus, codec: json, worker: 'w', stream: 'S', replicas: 1 };
  const open = () => kvInbox('i')[bind](around);
  const inboxes = await Promise.all(Array.from({ length: count }, open));
  return { inboxes: inboxes as [Inbox<InboxTx>, Inbox<InboxTx>], bucket: memory };
}

const message = (id: string): EncodedMessage => ({
  id,
  subject: 's',
  headers: { 'Nats-Msg-Id': id },
  payload: json.encode(id),
});

const put = (key: string, value: unknown) => async (tx: InboxTx) => {
  tx.put(key, value);
  return [];
};

const fences: FenceEvent[] = [];
const listen = (event: FenceEvent) => void fences.push(event);
afterEach(() => {
  diagnostics.fence.unsubscribe(listen as never);
  fences.length = 0;
});

describe('an inbox in a bucket', () => {
  it('refuses whoever commits second, and gives it what the first has recorded', async () => {
    diagnostics.fence.subscribe(listen as never);
    const { inboxes, bucket } = await processes(2);
    const [slow, fast] = inboxes;
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const late = slow.once(['m'], async (tx) => {
      tx.put('by', 'slow');
      await gate;
      return [message('from slow')];
    });
    const first = await fast.once(['m'], async (tx) => {
      tx.put('by', 'fast');
      return [message('from fast')];
    });
    go();
    expect(first.map(({ id }) => id)).toEqual(['from fast']);
    expect((await late).map(({ id }) => id)).toEqual(['from fast']);
    const by = await bucket.read('by');
    expect(json.decode(by?.payload ?? new Uint8Array())).toBe('fast');
    expect(fences).toEqual([{ worker: 'w', stream: 'S', ids: ['m'], reason: 'committed' }]);
  });

  it('knows its own commit although the ack was lost, and the caller was told of a timeout', async () => {
    diagnostics.fence.subscribe(listen as never);
    let writes = 0;
    const { inboxes, bucket } = await processes(1, async (write) => {
      if (++writes > 1) return;
      await bucket.write(write);
      throw new JetlaneError('PUBLISH_TIMEOUT', 'no ack');
    });
    let runs = 0;
    const work = async (tx: InboxTx) => {
      runs++;
      tx.put('k', 1);
      return [message('result')];
    };
    const recorded = await inboxes[0].once(['m'], work, new AbortController().signal);
    expect(recorded.map(({ id }) => id)).toEqual(['result']);
    expect({ runs, writes, fences }).toEqual({ runs: 1, writes: 2, fences: [] });
  });

  it('runs again when a key that was read has changed, and not when it was only written', async () => {
    const { inboxes } = await processes(2);
    const [one, other] = inboxes;
    const runs = { reads: 0, blind: 0 };
    const meddle = (id: string) => other.once([id], put('k', id));
    await one.once(['a'], async (tx) => {
      const k = await tx.get('k');
      if (++runs.reads === 1) await meddle('x');
      tx.put('k', `${k}+a`);
      return [];
    });
    await one.once(['b'], async (tx) => {
      if (++runs.blind === 1) await meddle('y');
      tx.put('k', 'b');
      return [];
    });
    expect(runs).toEqual({ reads: 2, blind: 1 });
    const seen: unknown[] = [];
    await one.once(['c'], async (tx) => {
      seen.push(await tx.get('k'));
      return [];
    });
    expect(seen).toEqual(['b']);
  });

  it('gives up on a key that others always change first', async () => {
    const { inboxes } = await processes(2);
    const [one, other] = inboxes;
    let n = 0;
    const hopeless = one.once(['a'], async (tx) => {
      await tx.get('k');
      await other.once([`x${n++}`], put('k', n));
      tx.put('k', 'mine');
      return [];
    });
    await expect(hopeless).rejects.toMatchObject({ code: 'CONFLICT', retryable: true });
    expect(n).toBe(32);
  });

  it('records nothing when the work throws, and passes the error on', async () => {
    const { inboxes, bucket } = await processes(1);
    const failing = inboxes[0].once(['m'], async (tx) => {
      tx.put('k', 1);
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await bucket.read('k')).toBeUndefined();
    let ran = false;
    await inboxes[0].once(['m'], async () => {
      ran = true;
      return [];
    });
    expect(ran).toBe(true);
  });

  it('refuses what a handler does with its transaction after it returned', async () => {
    const { inboxes } = await processes(1);
    let kept: InboxTx | undefined;
    await inboxes[0].once(['m'], async (tx) => {
      kept = tx;
      return [];
    });
    expect(() => kept?.put('k', 1)).toThrow(/over/);
    await expect(kept?.get('k')).rejects.toMatchObject({ code: 'FENCED' });
  });

  it('hands out the record of a batch once, whichever of its messages come again', async () => {
    const { inboxes } = await processes(1);
    const [inbox] = inboxes;
    await inbox.once(['a', 'b', 'c'], async () => [message('result')]);
    const fresh: string[][] = [];
    const again = await inbox.once(['b', 'd', 'c'], async (_, ids) => {
      fresh.push([...ids]);
      return [message('second')];
    });
    expect(again.map(({ id }) => id)).toEqual(['result', 'second']);
    expect(fresh).toEqual([['d']]);
    expect((await inbox.once(['c'], async () => [])).map(({ id }) => id)).toEqual(['result']);
  });

  it('refuses more keys than one batch may have', async () => {
    const { inboxes } = await processes(1);
    const many = inboxes[0].once(['m'], async (tx) => {
      for (let n = 0; n < 1_000; n++) tx.put(`k${n}`, n);
      return [];
    });
    await expect(many).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });
});

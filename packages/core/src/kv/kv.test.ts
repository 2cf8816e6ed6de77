import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kvInbox } from '../inbox/kv-inbox.ts';
import { memory } from '../memory/memory.ts';
import { kv } from './kv.ts';

const schema = z.object({ total: z.number() });
const problems = (make: () => unknown) => {
  try {
    make();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
};

describe('kv()', () => {
  it('lists everything that is wrong at once', () => {
    const options = { schema: {}, history: 65, maxAge: '10ms', replicas: 9, hystory: 2 };
    const message = problems(() => kv('no dots.', options as never));
    for (const word of [
      "'no dots.'",
      'Standard Schema',
      '1 to 64',
      "at least '1s'",
      '1 to 5',
      'hystory',
    ])
      expect(message).toContain(word);
    expect(message).toContain('6 problems');
  });

  it.each([undefined, null, 3])('needs options, not %s', (options) => {
    expect(problems(() => kv('totals', options as never))).toContain('needs { schema }');
  });

  it('refuses an option of put that it does not know, before anything is stored', async () => {
    await using client = memory();
    const totals = client.kv(kv('totals', { schema }));
    const options = { tll: '5s' } as object;
    await expect(totals.put('a', { total: 1 }, options)).rejects.toThrow(/tll is no option/);
    expect(await totals.get('a')).toBeUndefined();
  });

  it('is refused by a client when kv() did not make it', () => {
    expect(() => memory().kv({ bucket: 'totals', schema } as never)).toThrow(/as made by kv/);
  });
});

describe('kvInbox()', () => {
  it('lists everything that is wrong at once', () => {
    const message = problems(() =>
      kvInbox('', { keepFor: 'long', replicas: 0, keepfor: '7d' } as never),
    );
    for (const word of ['under 32 characters', 'keepFor must be', '1 to 5', 'keepfor'])
      expect(message).toContain(word);
  });

  it('is inert, with seven days by default', () => {
    expect(kvInbox('billing')).toMatchObject({
      kind: 'inbox',
      name: 'billing',
      keepForMs: 604_800_000,
    });
  });
});

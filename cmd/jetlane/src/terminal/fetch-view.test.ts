import { expect, it } from 'vitest';
import { fetchView, fetchWords } from './fetch-view.ts';

it('says which source is tried, and how far it is where that is known', () => {
  const step = { via: 'github', what: 'fetching a.tar.gz' } as const;
  expect(fetchWords(step)).toBe('github: fetching a.tar.gz');
  expect(fetchWords({ ...step, doneBytes: 1536 }, 2140)).toBe(
    'github: fetching a.tar.gz  1.50 KiB  2.10s',
  );
  expect(fetchWords({ ...step, doneBytes: 512, totalBytes: 2048 })).toBe(
    'github: fetching a.tar.gz  512 B of 2.00 KiB (25 %)',
  );
});

it('prints what is logged, and no progress, where there is no terminal', () => {
  let written = '';
  const stream = {
    isTTY: false,
    write: (text: string) => {
      written += text;
    },
  } as unknown as NodeJS.WriteStream;
  const view = fetchView(stream);
  view.progress({ via: 'go', what: 'building' });
  view.log('using nats-server');
  view.end();
  expect(written).toBe('using nats-server\n');
});

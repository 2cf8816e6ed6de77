import { describe, expect, it } from 'vitest';
import { isHarmless } from './own-server.ts';

const line = (level: string, words: string) =>
  `nats-server: [4711] 2026/11/22 03:10:11.123456 [${level}] ${words}`;

describe('what the nats-server of the demo warns of', () => {
  it.each([
    'Filestore [LOCATIONS] TTL state is outdated; attempting to recover using linear scan (seq 1 to 42)',
    'Filestore [RIDES] Message scheduling state is outdated; attempting to recover using linear scan (seq 1 to 42)',
    'Filestore [LOCATIONS] Stream state outdated, last block has additional entries, will rebuild',
    'Filestore [LOCATIONS] Stream state outdated, found extra blocks, will rebuild',
    'Filestore [LOCATIONS] Recovering stream state from index errored: prior state file',
  ])('is not shown where it only reads its files again: %s', (words) => {
    expect(isHarmless(line('WRN', words))).toBe(true);
  });

  it.each([
    ['WRN', 'Filestore [LOCATIONS] Stream state checksum did not match'],
    ['WRN', 'Filestore [LOCATIONS] Error decoding TTL state: unexpected EOF'],
    ['WRN', 'Filestore [LOCATIONS] Recovering stream state from index errored: corrupt state file'],
    ['WRN', 'JetStream resource limits exceeded for server'],
    ['ERR', 'TTL state is outdated; attempting to recover'],
  ])('is shown where something is wrong: %s %s', (level, words) => {
    expect(isHarmless(line(level, words))).toBe(false);
  });
});

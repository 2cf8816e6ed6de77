import { expect, it } from 'vitest';
import { refusalOf, type Sender } from './action-rule.ts';

const here: Sender = { address: '127.0.0.1', host: '127.0.0.1:4610', forwarded: false };

it('on loopback whoever sits at this machine may act', () => {
  expect(refusalOf('loopback', here)).toBeUndefined();
  const six = { ...here, address: '::ffff:127.0.0.1', host: '[::1]:4610' };
  expect(refusalOf('loopback', six)).toBeUndefined();
});

it('others may not, nor whoever comes by a proxy or under another name', () => {
  const others: Partial<Sender>[] = [
    { address: '192.168.0.7' },
    { address: undefined },
    { host: 'studio.example' },
    { host: undefined },
    { forwarded: true },
  ];
  for (const other of others)
    expect(refusalOf('loopback', { ...here, ...other })).toContain('--allow-actions');
});

it('allow means everybody, off means nobody', () => {
  expect(refusalOf('allow', { ...here, address: '192.168.0.7' })).toBeUndefined();
  expect(refusalOf('off', here)).toContain('read-only');
});

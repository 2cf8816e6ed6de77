import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isLoopback, namesUs } from './host-name.ts';

describe('the names of a server on loopback', () => {
  it.each(['127.0.0.1:4610', 'localhost:4610', 'LOCALHOST', '[::1]:4610', '127.1.2.3'])(
    'include %s',
    (header) => {
      expect(namesUs(header, '127.0.0.1')).toBe(true);
    },
  );

  it.each([
    'evil.example:4610',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example@127.0.0.1',
    '192.168.0.7:4610',
    '',
    ':4610',
    'a b',
    '[::1',
    undefined,
  ])('do not include %s', (header) => {
    expect(namesUs(header, '127.0.0.1')).toBe(false);
  });

  it('include those that were allowed', () => {
    expect(namesUs('studio.example', '127.0.0.1', ['studio.example'])).toBe(true);
    expect(namesUs('Studio.Example:443', '127.0.0.1', ['studio.example'])).toBe(true);
  });
});

describe('the names of a server that others reach', () => {
  it.each(['192.168.0.7:8080', '[2001:db8::1]:80', 'localhost:8080', `${hostname()}:8080`])(
    'include %s',
    (header) => {
      expect(namesUs(header, '0.0.0.0')).toBe(true);
    },
  );

  it('include the one that it was told to listen on', () => {
    expect(namesUs('studio.lan:8080', 'studio.lan')).toBe(true);
  });

  it('do not include a name that somebody pointed here', () => {
    expect(namesUs('evil.example', '0.0.0.0')).toBe(false);
    expect(namesUs('999.1.1.1', '0.0.0.0')).toBe(false);
  });
});

it('a loopback address is one of this machine', () => {
  const own = ['127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1', 'localhost'];
  expect(own.filter((address) => !isLoopback(address))).toEqual([]);
  const others = ['10.0.0.1', '::2', '::ffff:10.0.0.1', '127.0.0.1.example', '', '0.0.0.0'];
  expect(others.filter(isLoopback)).toEqual([]);
});

import { expect, test } from 'vitest';
import * as devserver from './index.ts';

test('exports exactly these values', () => {
  expect(Object.keys(devserver).sort()).toEqual([
    'DevserverError',
    'SERVER_VERSION',
    'SERVER_VERSION_MIN',
    'cleanup',
    'findServer',
    'makeDirectory',
    'startCluster',
    'startServer',
    'ways',
  ]);
});

test('tries the ways in the documented order', () => {
  expect(devserver.ways.map((way) => way.via)).toEqual([
    'env',
    'path',
    'cache',
    'github',
    'debian',
    'go',
    'docker',
  ]);
});

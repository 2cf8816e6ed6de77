import { expect, it } from 'vitest';
import * as studio from './index.ts';

it('the public names are these', () => {
  expect(Object.keys(studio).sort()).toEqual([
    'TOKEN_HEADER',
    'actionToken',
    'isForwarded',
    'isLoopback',
    'namesUs',
    'pageFile',
    'readPage',
    'refusalOf',
    'sameOrigin',
    'securityHeaders',
    'sendFile',
    'serveStudio',
    'studio',
  ]);
});

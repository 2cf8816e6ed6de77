import { expect, it } from 'vitest';
import * as jetlane from './index.ts';
import * as worker from './worker.ts';

it('exports exactly these values', () => {
  expect(Object.keys(jetlane)).toEqual(['main']);
  expect(Object.keys(worker).sort()).toEqual(['superviseApp']);
});

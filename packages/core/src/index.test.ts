import { expect, it } from 'vitest';
import * as core from './index.ts';

it('core exports exactly these names', () => {
  expect(Object.keys(core).toSorted()).toEqual([
    'JetlaneError',
    'SERVER_VERSION_MIN',
    'app',
    'appParts',
    'apply',
    'collect',
    'command',
    'connect',
    'deadLetters',
    'diagnostics',
    'doctor',
    'event',
    'exportTopology',
    'isApp',
    'isJetlaneError',
    'isWorker',
    'json',
    'kv',
    'kvInbox',
    'memory',
    'msgpack',
    'on',
    'onBatch',
    'open',
    'plan',
    'stream',
    'toFinding',
    'toLine',
    'toWorker',
    'withLimits',
    'worker',
    'workerSpec',
  ]);
});

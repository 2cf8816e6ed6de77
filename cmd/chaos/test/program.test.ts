import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runChaos } from './run-chaos.ts';

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'jetlane-chaos-test-'));
});

afterEach(() => rm(scratch, { recursive: true, force: true }));

it('wrong usage ends with 2, and says what there is', async () => {
  const { code, stdout, stderr } = await runChaos(['--only', 'leader-pause', '--nodes', '1']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('leader-pause runs with --nodes 3, not with 1.');
  expect(stderr).toContain('Faults: broker-kill, ack-drop, leader-pause, network-partition');
});

it.each(['SIGINT', 'SIGTERM'] as const)('%s in the middle leaves nothing behind', async (name) => {
  let sent = false;
  const { code, stdout, stderr } = await runChaos(['--only', 'broker-kill', '--size', 'small'], {
    env: { TMPDIR: scratch },
    onStderr(text, signal) {
      if (sent || !text.includes('kill 1 of')) return;
      sent = true;
      signal(name);
    },
  });
  expect(sent, stderr).toBe(true);
  expect({ code, stdout }, stderr).toEqual({ code: 130, stdout: '' });
  expect(await readdir(scratch)).toEqual([]);
});

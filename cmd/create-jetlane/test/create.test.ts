import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/create-jetlane.js', import.meta.url));

it('is jetlane init', () => {
  const folder = mkdtempSync(join(tmpdir(), 'create-jetlane-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const args = [BIN, 'my-app', '--yes', '--no-install'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'packing Jetlane\n' });
  expect(stdout).toContain('cd my-app');
  expect(existsSync(join(folder, 'my-app', 'src', 'app.ts'))).toBe(true);
  const again = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect(again.status).toBe(1);
  expect(again.stderr).toContain('is not empty');
}, 120_000);

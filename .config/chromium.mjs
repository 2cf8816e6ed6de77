/** A Chromium of this machine, for the jobs and the tests that look at a page. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macPath = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What to do where there is none. */
export const noChromium =
  'no Chromium here: install one (on Debian: apt-get install chromium), or set CHROMIUM_PATH to one';

/** The path of a Chromium; undefined where none is found. */
export function chromiumPath(env = process.env) {
  const places = [env['CHROMIUM_PATH'], ...names.map((name) => `/usr/bin/${name}`), macPath];
  return places.find((path) => path && existsSync(path));
}

/**
 * A browser with an empty profile, which `close` removes.
 *
 * @param {string} executablePath
 * @param {Parameters<typeof import('playwright-core').chromium.launchPersistentContext>[1]} [options]
 */
export async function openChromium(executablePath, options) {
  // Only here: what asks for a path alone does without it.
  const { chromium } = await import('playwright-core');
  const profile = mkdtempSync(join(tmpdir(), 'jetlane-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: flags,
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

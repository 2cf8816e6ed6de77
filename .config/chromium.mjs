/** A Chromium of this machine, for the jobs that look at a page. Driven by the playwright-core that cmd/location's tests use. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './steps.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macPath = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
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

/** A browser with an empty profile, which `close` removes. */
export async function openChromium(executablePath, options) {
  const { chromium } = createRequire(join(root, 'cmd/location/package.json'))('playwright-core');
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

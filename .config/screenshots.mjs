/** The pictures of the README: the live city, light and dark, taken from a real run and written into docs/public. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromiumPath, noChromium, openChromium } from './chromium.mjs';
import { startDemo } from './demo-process.mjs';
import { root, say, stop } from './steps.mjs';

const bytesMax = 250_000;
const qualities = [90, 80, 70, 60, 50, 40];
const viewport = { width: 1280, height: 800 };
/** Until riders have asked, cars have been matched, and the latencies of warm code are on the chart. */
const playMs = 120_000;

/** Takes them all; everything must be built. */
export async function screenshots() {
  const executablePath = chromiumPath();
  if (!executablePath) throw stop(noChromium);
  const folder = join(root, 'docs', 'public');
  mkdirSync(folder, { recursive: true });
  const { address, end } = await startDemo(['--seed', '7']);
  const browser = await openChromium(executablePath, { viewport, deviceScaleFactor: 2 });
  try {
    const page = await browser.context.newPage();
    await page.goto(address);
    say(`  ${address} plays for ${playMs / 1_000} s`);
    await delay(playMs);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await delay(2_000); // both pictures of one city, a moment apart
      const file = join(folder, `city-${colorScheme}.webp`);
      const picture = await take(browser.context, page);
      writeFileSync(file, picture);
      say(`  ${file}: ${Math.round(picture.length / 1_000)} kB`);
    }
  } finally {
    await browser.close();
    await end();
  }
}

/** As good as fits. */
async function take(context, page) {
  const session = await context.newCDPSession(page);
  for (const quality of qualities) {
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality });
    const picture = Buffer.from(data, 'base64');
    if (picture.length <= bytesMax) return picture;
  }
  throw stop(`a picture has more than ${bytesMax / 1_000} kB even at quality ${qualities.at(-1)}`);
}

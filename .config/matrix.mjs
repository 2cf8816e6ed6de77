/**
 * The live city's page as it looks in every state, width and theme, for eyes: pictures in a temporary directory, never committed,
 * and how many frames a second it draws. Everything is real (demo, gateway, browser) but for what cannot be had at will: there
 * messages are held back from the page, or put in.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromiumPath, noChromium, openChromium } from './chromium.mjs';
import { startDemo } from './demo-process.mjs';
import { say, stop } from './steps.mjs';

const widths = [400, 1280, 2560];
const themes = ['light', 'dark'];
const heights = { 400: 860, 1280: 800, 2560: 1300 };
/** Until riders have asked and cars were matched. */
const playMs = 20_000;
const settleMs = 2_500;
const countMs = 5_000;

/** How a page is brought into a state: before it loads, and after. */
const states = {
  1000: {},
  10000: { drivers: 10_000 },
  empty: { before: (page) => alter(page, (text) => (isMoved(text) ? undefined : text)) },
  loading: { before: (page) => page.routeWebSocket(/\/live$/, () => {}) },
  'no-map': { before: (page) => page.route('**/city.json', (route) => route.abort()) },
  disconnected: { before: alter, after: cutOff },
  overloaded: { before: alter, after: (page) => hear(page, { kind: 'slow', behindMs: 3_200 }) },
  chosen: { after: choose },
};

/** Takes them all, or those whose names are given; everything must be built. */
export async function matrix(names) {
  const unknown = names.filter((name) => !Object.hasOwn(states, name));
  if (unknown.length > 0)
    throw stop(`no state ${unknown.join(', ')}: there are ${Object.keys(states).join(', ')}`, 2);
  const executablePath = chromiumPath();
  if (!executablePath) throw stop(noChromium);
  const folder = mkdtempSync(join(tmpdir(), 'jetlane-matrix-'));
  const wanted = names.length > 0 ? names : Object.keys(states);
  for (const drivers of [1_000, 10_000]) {
    const here = wanted.filter((name) => (states[name].drivers ?? 1_000) === drivers);
    if (here.length === 0) continue;
    const { address, end } = await startDemo(['--drivers', String(drivers)]);
    try {
      say(`  ${drivers} drivers play for ${playMs / 1_000} s`);
      await delay(playMs);
      for (const width of widths) await take({ executablePath, address, folder, width, here });
    } finally {
      await end();
    }
  }
  say(`pictures: ${folder}`);
}

async function take({ executablePath, address, folder, width, here }) {
  const viewport = { width, height: heights[width] };
  const browser = await openChromium(executablePath, { viewport });
  try {
    for (const name of here) {
      const { before, after } = states[name];
      const page = await browser.context.newPage();
      await before?.(page);
      await page.goto(address);
      await delay(settleMs);
      await after?.(page);
      await delay(settleMs);
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        await delay(600);
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
      }
      const told = await frames(page);
      say(`  ${name} ${width}: ${told}`);
      await page.close();
    }
  } finally {
    await browser.close();
  }
}

/** Counted by the browser's own frames, and what the page notes of its script. */
async function frames(page) {
  const perS = await page.evaluate(
    (ms) =>
      new Promise((resolve) => {
        globalThis.jetlane?.frames.clear();
        const beganMs = performance.now();
        let count = 0;
        const next = () => {
          count += 1;
          const passedMs = performance.now() - beganMs;
          if (passedMs < ms) requestAnimationFrame(next);
          else resolve((count * 1_000) / passedMs);
        };
        requestAnimationFrame(next);
      }),
    countMs,
  );
  const work = await page.evaluate(() =>
    [0.5, 0.95].map((share) => globalThis.jetlane?.frames.quantileMs(share)?.toFixed(2)),
  );
  const script =
    work[0] === undefined ? 'no script' : `script of a frame p50 ${work[0]} ms, p95 ${work[1]} ms`;
  return `${perS.toFixed(1)} frames a second, ${script}`;
}

/** Stands between the page and the city: what comes goes through `change`, and more can be put in. */
async function alter(page, change = (text) => text) {
  await page.routeWebSocket(/\/live$/, (socket) => {
    if (page.cut) return void socket.close();
    const server = socket.connectToServer();
    page.lines = [...(page.lines ?? []), socket];
    server.onMessage((text) => {
      const changed = change(String(text));
      if (changed !== undefined) socket.send(changed);
    });
  });
}

function hear(page, message) {
  page.lines.at(-1).send(JSON.stringify(message));
}

async function cutOff(page) {
  page.cut = true;
  await page.route('**/live/**', (route) => route.abort());
  await page.lines.at(-1).close({ code: 1001, reason: '' });
  await delay(3_000);
}

async function choose(page) {
  await page.locator('#map').focus();
  await page.keyboard.press('n');
  await page.getByRole('button', { name: 'List' }).click();
}

function isMoved(text) {
  return /^\{"kind":"(?:snapshot|moved|crowd)"/.test(text);
}

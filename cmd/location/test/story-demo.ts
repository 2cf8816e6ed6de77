/** The demo with its page, and what its story panel shows: for the tests of that panel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { figure } from './browser.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const START_MS = 60_000;

/** A demo with a page. */
export interface StoryDemo {
  readonly url: string;
  /** Everything that it printed. */
  readonly output: () => string;
  /** Ends it as Ctrl-C does; resolves with its exit status. */
  end(): Promise<number | null>;
}

/** Starts the demo on a free port: 100 phones, once a second each, unless told otherwise. `more`: of its environment. */
export async function storyDemo(
  more: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<StoryDemo> {
  const { NATS_URL: _, ...given } = process.env;
  const env = { ...given, ...more };
  const args = [MAIN, '--drivers', '100', '--interval', '1s', '--port', '0', ...flags];
  const child: ChildProcess = spawn(process.execPath, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (data) => (output += data));
  child.stderr?.on('data', (data) => (output += data));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await vi.waitFor(() => expect(output).toContain('http:'), { timeout: START_MS });
  return {
    url: /http:\S+/.exec(output)?.[0] ?? '',
    output: () => output,
    end() {
      child.kill('SIGINT');
      return ended;
    },
  };
}

/** What the panel of a page shows, and what one does with it. */
export function panel(page: Page) {
  const story = page.locator('#story');
  const number = async (selector: string) => {
    const text = (await story.locator(selector).first().textContent()) ?? '';
    return Number(text.replaceAll(/[^\d.]/g, ''));
  };
  const press = (name: string) => story.getByRole('button', { name, exact: true }).click();
  const newest = async () => {
    const all = story.locator('.trouble');
    return (await all.count()) === 0 ? null : all.first().getAttribute('data-id');
  };
  return {
    story,
    rate: (name: 'publishes' | 'deliveries') => figure(page, name),
    lost: () => figure(page, 'lost'),
    duplicates: () => figure(page, 'duplicates'),
    lag: (service: string) => number(`[data-service="${service}"] [data-figure="lag"]`),
    redelivered: (service: string) =>
      number(`[data-ledger="${service}"] [data-figure="redelivered"]`),
    deadLetters: (service: string) =>
      number(`[data-ledger="${service}"] [data-figure="dead-letters"]`),
    processes: (service: string) => story.locator(`[data-service="${service}"] .process`).count(),
    press,
    /** Presses what makes a trouble, and waits until the page shows it. */
    async begin(name: string) {
      const before = await newest();
      await press(name);
      await expect.poll(newest, { timeout: 10_000 }).not.toBe(before);
    },
    pick: (service: string) => story.getByRole('radio', { name: service }).check(),
    /** The newest trouble. */
    trouble: () => story.locator('.trouble').first(),
    phase: () => story.locator('.trouble').first().getAttribute('data-phase'),
    words: async () => (await story.locator('.trouble .words').first().textContent()) ?? '',
  };
}

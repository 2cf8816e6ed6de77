/** The reference says what the code says: every name, every command, every code, and defaults that are so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duration, event, type Size, stream, toBytes, toMs } from '@jetlane/contracts';
import { diagnostics, on, worker, workerSpec } from '@jetlane/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { apiPage, publicNames } from '../generate/api.ts';
import { cliPage, commands } from '../generate/cli.ts';
import { defaultsOf } from '../generate/defaults.ts';
import { channels } from '../generate/diagnostics.ts';
import { defaultOf, toDoc, withoutDefault } from '../generate/doc.ts';
import { errorCodes } from '../generate/errors.ts';
import { docs, entryOf, packages } from '../generate/places.ts';

describe('the API', () => {
  it.each(packages)('of %s has every public name, with words', (name) => {
    const page = apiPage(entryOf(name));
    const missing = publicNames(entryOf(name)).filter(
      (each) => !page.includes(`### ${each}\n`) && !page.includes(`\`${each}\``),
    );
    expect(missing).toEqual([]);
    expect(page).not.toMatch(/\*\*Throws\*\* *\n/);
  });

  it.each(packages)('of %s has a page on the site', (name) => {
    const page = readFileSync(join(docs, 'reference/api', `${name}.md`), 'utf8');
    expect(page).toContain(`<!-- @include: ../../.generated/api-${name}.md -->`);
  });

  it('shows signatures without bodies, and members with their words', () => {
    const page = apiPage(entryOf('core'));
    expect(page).toContain('function connect(options: ConnectOptions = {}): Promise<Client>;');
    expect(page).not.toContain('createClient(bus');
    expect(page).toMatch(/- `concurrency\?: [^`]*`\\\n {2}Handlers running at once/);
  });
});

describe('the command line', () => {
  const page = cliPage();

  it('has every command that does something', () => {
    const names = commands().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['jetlane worker', 'jetlane dlq replay']));
    expect(names.filter((name) => !page.includes(`## ${name}\n`))).toEqual([]);
  });

  it('has every flag, examples, and the connection flags once', () => {
    const flags = commands().flatMap(({ command }) =>
      command.options.filter(({ hidden }) => !hidden).map((option) => option.long ?? option.flags),
    );
    expect(flags.filter((flag) => !page.includes(flag))).toEqual([]);
    expect(page).toMatch(/^jetlane worker src\/app\.ts --watch.* # while developing$/m);
    expect(page.split('--tlscert').length).toBe(2);
  });
});

describe('the error codes', () => {
  const page = readFileSync(join(docs, 'reference/errors.md'), 'utf8');
  const sections = page.split(/^## /m).slice(1);

  it('are those of the code, in its order', () => {
    const titles = sections.map((section) => section.split('\n')[0]);
    expect(titles).toEqual(errorCodes().map(({ code }) => code));
  });

  it('have words in the code', () => {
    expect(errorCodes().filter(({ words }) => words === '')).toEqual([]);
  });

  it.each(sections)('say what happened, why, and what to do: %#', (section) => {
    for (const part of ['**What happened.** ', '**Why.** ', '**What to do.** '])
      expect(section).toContain(part);
  });
});

describe('the channels', () => {
  it('are all of those of the code', () => {
    const names = Object.values(diagnostics).map(({ name }) => String(name));
    expect(
      channels()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names.sort());
  });
});

describe('the defaults', () => {
  const Event = event('E', { subject: 'e.{id}', schema: z.object({ id: z.string() }) });
  const Stream = stream('E', { subjects: ['e.*'], messages: [Event] });
  const spec = workerSpec(worker('w', { from: Stream }, [on(Event, () => {})]));
  const words = (group: Parameters<typeof defaultsOf>[0], option: string) =>
    defaultsOf(group).find((each) => each.option === option)?.value ?? '';
  const ofWorker = { package: 'core', interface: 'WorkerOptions' };
  const ofRetry = { package: 'core', interface: 'RetryOptions' };
  /** The first value that the words give: what holds unless something else is said. */
  const text = (given: string) => /'([^']*)'/.exec(given)?.[1];
  const duration = (given: string) => toMs(text(given) as Duration);

  it('of a worker are what a worker has', () => {
    expect({
      concurrency: Number(words(ofWorker, 'concurrency')),
      maxAckPending: Number(words(ofWorker, 'maxAckPending')),
      maxBytes: toBytes(text(words(ofWorker, 'maxBytes')) as Size),
      ackWaitMs: duration(words(ofWorker, 'ackWait')),
      timeoutMs: duration(words(ofWorker, 'timeout')),
      startAt: text(words(ofWorker, 'startAt')),
      ackPolicy: text(words(ofWorker, 'ackPolicy')),
      deadLetter: text(words(ofWorker, 'deadLetter')),
    }).toEqual({
      concurrency: spec.concurrency,
      maxAckPending: spec.maxAckPending,
      maxBytes: spec.maxBytes,
      ackWaitMs: spec.ackWaitMs,
      timeoutMs: spec.timeoutMs,
      startAt: spec.startAt,
      ackPolicy: spec.ackPolicy,
      deadLetter: spec.deadLetter,
    });
  });

  it('of its retries too', () => {
    expect({
      attempts: Number(words(ofRetry, 'attempts')),
      minDelayMs: duration(words(ofRetry, 'minDelay')),
      maxDelayMs: duration(words(ofRetry, 'maxDelay')),
    }).toEqual({
      attempts: spec.retry.attempts,
      minDelayMs: spec.retry.minDelayMs,
      maxDelayMs: spec.retry.maxDelayMs,
    });
  });

  it.each([
    [' Handlers at once. Default 64. ', '64', 'Handlers at once.'],
    [
      " Silence. Default `'30s'`, and `'5s'` when `partitioned`. More. ",
      "`'30s'`, and `'5s'` when `partitioned`",
      'Silence. More.',
    ],
    [' Default: forever. ', 'forever', ''],
    [
      ' Address. Default `127.0.0.1`: this machine only. ',
      '`127.0.0.1`: this machine only',
      'Address.',
    ],
    [' The default is a word. ', undefined, 'The default is a word.'],
  ])('are read from %j', (comment, value, rest) => {
    const doc = toDoc(`*${comment}`);
    expect(defaultOf(doc)).toBe(value);
    expect(withoutDefault(doc)).toBe(rest);
  });
});

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { MODEL_FILE, readModel } from '../plan/model.ts';
import { fitModel } from './fit.ts';
import { toPage } from './page.ts';
import { parseRecording, toLines } from './point.ts';

const DOCS = new URL('../../../../docs/', import.meta.url);
const text = await readFile(new URL('scale.jsonl', DOCS), 'utf8');
const recording = parseRecording(text);

it('the model of the package is what the recording makes', async () => {
  expect(await readModel(MODEL_FILE), 'run npm run bench -- scale --render').toEqual(
    fitModel(recording),
  );
});

it('the page is what the recording makes', async () => {
  const page = await readFile(new URL('scale.md', DOCS), 'utf8');
  expect(page, 'run npm run bench -- scale --render').toBe(toPage(recording, fitModel(recording)));
});

it('the page shows predictions, laws, errors, all that was measured, and where it does not hold', () => {
  const page = toPage(recording, fitModel(recording));
  for (const words of [
    '## What it predicts',
    'jetlane bench plan --drivers 1000000 --interval 4s',
    '250,000/s',
    '| `serverCpuUs` ',
    '## How far off it is',
    '### Three copies',
    '### Ids in the dedupe window',
    '## Where it does not hold',
  ])
    expect(page).toContain(words);
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
});

it('a page of a quick run says so, and repeats its warnings', () => {
  const run = { ...recording.run, size: 'quick' as const, warnings: ['the machine was busy'] };
  const quick = { ...recording, run };
  const page = toPage(quick, fitModel(quick));
  expect(page).toContain('**Quick** run of');
  expect(page).toContain('**Warning:** the machine was busy.');
});

it('a recording survives its lines; what is none is refused', () => {
  expect(parseRecording(toLines(recording))).toEqual(recording);
  expect(() => parseRecording('{"experiment":"flow"}\n')).toThrow('its first line must be its run');
});

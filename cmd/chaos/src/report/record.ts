/** Keeps a run: replaces its line in `docs/reliability.jsonl` and writes `docs/reliability.md` anew from all lines. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { FAULT_NAMES, type Fault } from '../fault.ts';
import { RunFailure } from '../run-failure.ts';
import type { Result } from '../trial.ts';
import { parseLines, replaceLine, toLine } from './line.ts';
import { toPage } from './page.ts';

const DOCS = new URL('../../../../docs/', import.meta.url);
const LINES = new URL('reliability.jsonl', DOCS);
const PAGE = new URL('reliability.md', DOCS);
const MANIFEST = new URL('../../package.json', import.meta.url);

/** See the head of this file. */
export async function record(result: Result, faults: readonly Fault[]): Promise<void> {
  const fault = faults.find(({ name }) => name === result.name);
  if (fault === undefined) throw new RunFailure(`there is no fault ${result.name}`);
  const { version } = JSON.parse(await readFile(MANIFEST, 'utf8')) as { readonly version: string };
  const line = toLine(result, fault.settings[result.size], version);
  const before = await readFile(LINES, 'utf8').catch(() => '');
  const lines = replaceLine(parseLines(before), line, FAULT_NAMES);
  await replace(LINES, lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
  await replace(PAGE, toPage(lines, faults));
}

/** Writes `docs/reliability.md` anew from all lines, for example after two sets of them were merged. */
export async function render(faults: readonly Fault[]): Promise<void> {
  await replace(PAGE, toPage(parseLines(await readFile(LINES, 'utf8')), faults));
}

/** All or nothing: a run that is interrupted here leaves the old file. */
async function replace(file: URL, text: string): Promise<void> {
  const fresh = new URL(`${file.href}.new`);
  await writeFile(fresh, text);
  await rename(fresh, file);
}

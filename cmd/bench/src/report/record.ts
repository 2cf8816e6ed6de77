/** Keeps a part in `benchmarks.jsonl`, and writes the page, its pictures and the figures of the README anew from all parts. */
import { access, constants, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '@jetlane/devserver';
import { BenchFailure, messageOf } from '../frame/failure.ts';
import { type Line, parseLines, replaceLine } from './line.ts';
import { toPage } from './page.ts';
import { toPictures } from './pictures.ts';
import { withFigures } from './readme.ts';

const PICTURES = 'benchmarks';

/** Where a report is written. */
export interface Place {
  /** Gets `benchmarks.md`, `benchmarks.jsonl` and `benchmarks/*.svg`. */
  readonly folder: string;
  /** A README with the marks of figures; undefined for none. */
  readonly readme: string | undefined;
}

/**
 * Makes the folder, before anything is measured for it.
 *
 * @throws BenchFailure when nothing can be written there
 */
export async function openPlace({ folder }: Place): Promise<void> {
  try {
    await makeDirectory(join(folder, PICTURES));
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new BenchFailure(`${folder} cannot be written to: ${messageOf(error)}`);
  }
}

/** See the head of this file. The folder is there: see {@link openPlace}. */
export async function record(place: Place, line: Line): Promise<void> {
  const file = join(place.folder, 'benchmarks.jsonl');
  const before = parseLines(await readFile(file, 'utf8').catch(() => ''));
  const lines = replaceLine(before, line);
  await replace(file, lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
  await renderLines(place, lines);
}

/**
 * Writes the page anew from what was recorded.
 *
 * @throws BenchFailure when nothing was
 */
export async function render(place: Place): Promise<void> {
  const file = join(place.folder, 'benchmarks.jsonl');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new BenchFailure(`${file} cannot be read: ${messageOf(error)}; record a report first`);
  });
  await makeDirectory(join(place.folder, PICTURES));
  await renderLines(place, parseLines(text));
}

async function renderLines({ folder, readme }: Place, lines: readonly Line[]): Promise<void> {
  for (const [name, svg] of toPictures(lines)) await replace(join(folder, PICTURES, name), svg);
  await replace(join(folder, 'benchmarks.md'), toPage(lines));
  if (readme === undefined) return;
  await replace(readme, withFigures(await readFile(readme, 'utf8'), lines));
}

/** All or nothing: a run that is interrupted here leaves the old file. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

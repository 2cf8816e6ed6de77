/** Keeps a run in the repository: its points, the model that they make, and the page. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { BenchFailure, messageOf } from '../frame/failure.ts';
import { MODEL_FILE } from '../plan/model.ts';
import { fitModel } from './fit.ts';
import { toPage } from './page.ts';
import { parseRecording, type Recording, toLines } from './point.ts';

const DOCS = new URL('../../../../docs/', import.meta.url);
const LINES = new URL('scale.jsonl', DOCS);
const PAGE = new URL('scale.md', DOCS);

/**
 * See the head of this file.
 *
 * @throws BenchFailure outside of a clone of the repository
 */
export async function record(recording: Recording): Promise<void> {
  await replace(LINES, toLines(recording));
  await write(recording);
}

/**
 * Writes page and model anew from what was recorded.
 *
 * @throws BenchFailure outside of a clone of the repository
 */
export async function render(): Promise<void> {
  const text = await readFile(LINES, 'utf8').catch((error: unknown) => {
    throw new BenchFailure(`only a clone of the repository has a recording: ${messageOf(error)}`);
  });
  await write(parseRecording(text));
}

async function write(recording: Recording): Promise<void> {
  const model = fitModel(recording);
  await replace(MODEL_FILE, `${JSON.stringify(model, null, 2)}\n`);
  await replace(PAGE, toPage(recording, model));
}

/** All or nothing: a run that is interrupted here leaves the old file. */
async function replace(file: URL, text: string): Promise<void> {
  const fresh = new URL(`${file.href}.new`);
  await writeFile(fresh, text).catch((error: unknown) => {
    throw new BenchFailure(`only a clone of the repository keeps runs: ${messageOf(error)}`);
  });
  await rename(fresh, file);
}

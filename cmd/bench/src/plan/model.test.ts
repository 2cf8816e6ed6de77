import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MODEL_FILE, modelProblems, readModel } from './model.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jetlane-model-test-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

it('the model of this package is whole', async () => {
  expect(modelProblems(await readModel(MODEL_FILE))).toEqual([]);
});

it('a model that is not there, no JSON, or of another format is refused in words', async () => {
  const file = join(directory, 'mine.json');
  await expect(readModel(file)).rejects.toThrow(`--model: ${file} cannot be read: ENOENT`);
  await writeFile(file, '{');
  await expect(readModel(file)).rejects.toThrow('cannot be read');
  await writeFile(file, '{"format":"other"}');
  await expect(readModel(file)).rejects.toThrow('format is "other", expected "jetlane-scale-1"');
});

it('all that a model lacks is listed', async () => {
  const model = structuredClone(await readModel(MODEL_FILE)) as unknown as {
    laws: Record<string, { terms: Record<string, unknown> } | undefined>;
    measuredUpTo: Record<string, unknown>;
    machine?: string;
  };
  delete model.machine;
  model.laws['workerCpuUs'] = undefined;
  const server = model.laws['serverCpuUs'];
  if (server !== undefined) server.terms['publishMessage'] = 'much';
  model.measuredUpTo['ids'] = -1;
  expect(modelProblems(model)).toEqual([
    'machine is missing',
    'laws.serverCpuUs.terms.publishMessage must be a number',
    'laws.workerCpuUs is missing',
    'measuredUpTo.ids must be a positive number',
  ]);
});

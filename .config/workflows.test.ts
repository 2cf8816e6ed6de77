/** What GitHub runs for us: with which rights, and whose code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from './steps.mjs';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } };
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(root, '.github/workflows');
const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  return { file, text, workflow: parse(text) as Workflow };
});

describe.each(workflows)('$file', ({ text, workflow }) => {
  it('runs the code of others at a commit that is written down, with its version beside it', () => {
    const uses = [...text.matchAll(/uses: (.*)$/gm)].map(([, what = '']) => what);
    expect(uses.length).toBeGreaterThan(0);
    for (const what of uses) {
      expect(what).toMatch(/^\.\/|^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it('has no rights but to read, unless a job names them', () => {
    expect(['{}', '{"contents":"read"}']).toContain(JSON.stringify(workflow.permissions));
  });

  it('ends each job in bounded time', () => {
    for (const [name, job] of Object.entries(workflow.jobs)) {
      if (job.uses === undefined)
        expect([name, job['timeout-minutes']]).toEqual([name, expect.any(Number)]);
    }
  });
});

it('the tests run on each supported line of Node', () => {
  const matrices = workflows.flatMap(({ workflow }) =>
    Object.values(workflow.jobs).flatMap(({ strategy }) => strategy?.matrix.node ?? []),
  );
  expect(matrices).toEqual([20, 22, 24, 26]);
});

it('nothing is installed or built where the right to publish is', () => {
  const jobs = workflows.flatMap(({ workflow }) => Object.values(workflow.jobs));
  const trusted = jobs.filter(({ permissions }) => permissions?.['id-token'] === 'write');
  expect(trusted).toHaveLength(1);
  for (const { run = '' } of trusted[0]?.steps ?? []) expect(run).not.toMatch(/npm |npx /);
});

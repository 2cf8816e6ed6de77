/** The documentation as a site: its reference is written from the code, then VitePress shows or builds it. */
import { handOver } from './handover.mjs';
import { run, step } from './steps.mjs';

/** `build` writes it to docs/.vitepress/dist; without, it is served while it is written. More arguments go to VitePress. */
export async function site([first, ...rest]) {
  await step('reference', writeReference);
  const args = first === 'build' ? ['build', 'docs', ...rest] : ['dev', 'docs', first, ...rest];
  await handOver(
    'node_modules/vitepress/bin/vitepress.js',
    args.filter((arg) => arg !== undefined),
  );
}

/** What pages of the reference include, written from the code. */
async function writeReference() {
  await run(process.execPath, ['--import', 'jiti/register', 'docs/generate/main.ts']);
}

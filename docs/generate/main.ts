/** Writes what pages of the reference include. Run by `npm run docs` and `npm run docs:build`, before VitePress. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedPages } from './pages.ts';
import { generated } from './places.ts';

rmSync(generated, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
for (const [file, text] of generatedPages()) writeFileSync(join(generated, file), text);

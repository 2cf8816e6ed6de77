#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);

if (existsSync(program)) {
  const { main } = await import(program.href);
  await main(process.argv.slice(2));
} else {
  // Only in a clone: what is published is built.
  process.stderr.write("jetlane: this workspace is not built yet: run 'npm run build' first\n");
  process.exitCode = 1;
}

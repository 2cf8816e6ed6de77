/** The demo as its user starts it, for the jobs that look at its page. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, stop } from './steps.mjs';

/** Starts it on a free port, and resolves with its address and how to end it; everything must be built. */
export async function startDemo(args) {
  const { NATS_URL: _, ...env } = process.env;
  const main = join(root, 'cmd/location/dist/main.js');
  const child = spawn(process.execPath, [main, '--port', '0', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let output = '';
  const address = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      const found = /http:\/\/\S+/.exec(output);
      if (found) resolve(found[0]);
    });
    void ended.then(() => reject(stop(`the demo ended before it printed an address:\n${output}`)));
  });
  return {
    address,
    async end() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

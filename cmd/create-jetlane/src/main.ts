/** `npm create jetlane@latest DIR` is `jetlane init DIR`, without anything installed before. */
import { main } from 'jetlane';

await main(['init', ...process.argv.slice(2)]);

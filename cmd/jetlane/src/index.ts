/** jetlane: the command line, as a function. `jetlane/worker` runs workers from a program. */
export { main } from './main.ts';

/** @jetlane/bench: the subcommands of `jetlane bench`, for a command line that lends them its terminal and its server flags. */
export { addBench } from './bench.ts';
export type { ServerOptions, Surroundings } from './frame/surroundings.ts';

/** jetlane/terminal: how Jetlane's programs draw on a terminal. It changes without notice: it is made for them, not for applications. */
export { clip, visibleLength } from './terminal/cells.ts';
export { fetchWords } from './terminal/fetch-view.ts';
export {
  type LiveBlock,
  liveBlock,
  shorten,
  type TerminalSize,
} from './terminal/live-block.ts';
export { makeStyle, type Style, wantsColour } from './terminal/style.ts';

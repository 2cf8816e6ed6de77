/** jetlane/terminal: how Jetlane's programs draw on a terminal. It changes without notice: it is made for them, not for applications. */
export { fetchWords } from './terminal/fetch-view.ts';
export {
  clip,
  type LiveBlock,
  liveBlock,
  shorten,
  type TerminalSize,
  visibleLength,
} from './terminal/live-block.ts';
export { makeStyle, type Style, wantsColour } from './terminal/style.ts';

/** The page that shows any app: streams, lag, workers, dead letters, messages; the guard that it stands behind, and how a page is served. */
export { type Actions, isForwarded, refusalOf, type Sender } from './guard/action-rule.ts';
export { type ActionToken, actionToken, TOKEN_HEADER } from './guard/action-token.ts';
export { isLoopback, namesUs } from './guard/host-name.ts';
export { type OriginHeaders, sameOrigin } from './guard/same-origin.ts';
export { securityHeaders } from './guard/security-headers.ts';
export type { StudioOptions } from './options.ts';
export { type BuiltPage, type PageFile, pageFile, readPage, sendFile } from './page-files.ts';
export { type ServedStudio, type ServedStudioOptions, serveStudio } from './serve-studio.ts';
export { type Studio, studio } from './studio.ts';
export type { StudioApp, StudioEnv } from './surroundings.ts';

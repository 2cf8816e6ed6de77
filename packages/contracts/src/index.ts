/**
 * What a message is: events, commands, subjects, versions, codecs and stream declarations. Needs no
 * server and runs in a browser.
 */
export { type Catalog, type CatalogEntry, catalog } from './catalog.ts';
export type {
  AnyDefinition,
  AnyStream,
  Awaitable,
  Check,
  DataOf,
  Definitions,
  Input,
  MessageOf,
  MessagesOf,
  NotCarried,
  NotCovered,
  NotPartitioned,
  NotShared,
  NotStable,
  Output,
  Patterns,
  Schema,
  SharedTokens,
  SubjectProblem,
  Tokens,
} from './check.ts';
export {
  type Codec,
  type DecodeLimits,
  defaultLimits,
  type EncodedMessage,
} from './codec.ts';
export {
  type DecodeOptions,
  decodeMessage,
  decodePayload,
  type PayloadOptions,
  type RawMessage,
  type RawPayload,
} from './decode.ts';
export {
  type Contract,
  command,
  type Definition,
  event,
  type Internals,
  internalsOf,
  isDefinition,
  type Step,
} from './definition.ts';
export { type EncodeContext, encodeMessage, encodePayload } from './encode.ts';
export {
  configInvalid,
  type ErrorCode,
  type ErrorOptions,
  isJetlaneError,
  JetlaneError,
} from './error.ts';
export { json } from './json.ts';
export type { Message } from './message.ts';
export { msgpack } from './msgpack.ts';
export {
  definitionOf,
  hidden,
  idGiven,
  isOutgoing,
  type MessageOptions,
  type Outgoing,
  withId,
} from './outgoing.ts';
export {
  patternCovers,
  patternProblems,
  patternsOverlap,
  subjectMatches,
} from './pattern.ts';
export {
  type Runnable,
  type Stream,
  type StreamMirror,
  type StreamOptions,
  type StreamPartitions,
  type StreamSettings,
  type StreamSource,
  stream,
} from './stream.ts';
export {
  type CompiledSubject,
  compileSubject,
  fillSubject,
  readParams,
  templateProblems,
  toFilters,
} from './subject.ts';
export { suggest, unknownOptions } from './suggestion.ts';
export {
  type Duration,
  durationProblem,
  type Size,
  sizeProblem,
  toBytes,
  toMs,
} from './unit.ts';
export { schemaProblems } from './validate.ts';
export { decodeValue, encodeValue } from './value.ts';
export { wireHead } from './wire-head.ts';

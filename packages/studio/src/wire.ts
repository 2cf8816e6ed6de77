/**
 * What the studio's server and its page say to each other. Types only, and nothing of Node: the page imports this file.
 *
 * All paths are relative to where the studio is mounted, which ends in a slash. Reading is GET, acting is POST with the token.
 * Every answer is JSON with status 200, except that what failed is {@link ErrorAnswer} with another one: 400 the request is
 * wrong, 403 refused, 404 not there, 409 not possible now, 413 too large, 503 the server of NATS does not answer.
 *
 * | path                                                         | answers               |
 * | ------------------------------------------------------------ | --------------------- |
 * | GET `api/session`                                            | {@link Session}       |
 * | GET `api/app`                                                | {@link AppView}       |
 * | GET `api/live`                                               | {@link LiveEvents}, server-sent events |
 * | GET `api/snapshot`                                           | {@link Snapshot}, once |
 * | GET `api/streams?q&offset&limit`                             | {@link Page} of {@link StreamRow} |
 * | GET `api/stream?stream`                                      | {@link StreamDetail}  |
 * | GET `api/consumers?stream&q&offset&limit`                    | {@link Page} of {@link ConsumerRow} |
 * | GET `api/consumer?stream&consumer`                           | {@link ConsumerDetail} |
 * | GET `api/partitions`                                         | {@link PartitionsAnswer} |
 * | GET `api/messages?stream&subject&seq&time&direction&limit`   | {@link MessagesAnswer}, see {@link MessagesQuery} |
 * | GET `api/message?stream&seq`                                 | {@link MessageDetail} |
 * | GET `api/dead-letters?in`                                    | {@link DeadLettersAnswer} |
 * | GET `api/letters?in&stream&worker&reason&errorCode&after&limit` | {@link LettersAnswer} |
 * | GET `api/letter?in&seq`                                      | {@link LetterDetail}  |
 * | POST `api/actions/pause` {@link PauseRequest}                | {@link ActionAnswer}  |
 * | POST `api/actions/resume` {@link ResumeRequest}              | {@link ActionAnswer}  |
 * | POST `api/actions/replay` {@link ReplayRequest}              | {@link ActionAnswer}  |
 * | POST `api/actions/forget` {@link ForgetRequest}              | {@link ActionAnswer}  |
 *
 * Names, subjects, headers and bodies come from other programs: they are text, never markup. Times are milliseconds since 1970.
 * Rates are per second, and null until two samples are known. Without a limit a number is null.
 */

export type {
  ActionAnswer,
  ForgetRequest,
  LetterFilter,
  PauseRequest,
  ReplayRequest,
  ResumeRequest,
} from './wire/actions.ts';
export type { CommandView, ErrorAnswer, Gap, Page, Session, TokenHeader } from './wire/answers.ts';
export type {
  AppView,
  MessageTypeView,
  PartitionRow,
  PartitionsAnswer,
  WorkerView,
} from './wire/apps.ts';
export type {
  DeadLetterStream,
  DeadLettersAnswer,
  LetterDetail,
  LetterGroup,
  LetterRow,
  LettersAnswer,
} from './wire/letters.ts';
export type {
  BodyKind,
  BodyView,
  MessageDetail,
  MessageRow,
  MessagesAnswer,
  MessagesQuery,
} from './wire/messages.ts';
export type {
  AccountView,
  ConsumerDetail,
  ConsumerKind,
  ConsumerRow,
  LiveEvents,
  PauseView,
  ServerView,
  Snapshot,
  StreamDetail,
  StreamKind,
  StreamRow,
  Totals,
  Usage,
} from './wire/overview.ts';
export type { ToldPercentiles, ToldProcess, ToldWorker } from './wire/told.ts';

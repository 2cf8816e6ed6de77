/** The message browser. */
import { notFound } from '../failure.ts';
import { findMessages, seqAt } from '../messages/find-messages.ts';
import { shown, viewCheckedBody, viewHeaders, viewRow } from '../messages/message-view.ts';
import { firstMatch, messageAt, type Readable, readable } from '../messages/probe.ts';
import { browseCommands, messageCommands } from '../messages/shell-command.ts';
import { contentTypeOf } from '../messages/stored-message.ts';
import type { Nats } from '../nats.ts';
import { commandTarget, type StudioContext, type Surroundings } from '../surroundings.ts';
import type { MessageDetail, MessagesAnswer } from '../wire.ts';
import { queryOf } from './answer.ts';

/** `api/messages`. */
export async function listMessages(
  context: StudioContext,
  { nats, apps }: Surroundings,
): Promise<MessagesAnswer> {
  const query = queryOf(context, ['stream', 'subject', 'seq', 'time', 'direction', 'limit']);
  const name = query.requiredName('stream');
  const subject = query.filter('subject') ?? '>';
  const seq = query.whole('seq', 0);
  const time = query.time('time');
  if (seq !== undefined && time !== undefined)
    query.problem('seq and time exclude each other: give one of them');
  const direction = query.choice('direction', ['older', 'newer']) ?? 'older';
  const limit = query.whole('limit', 1, LIMIT_MAX) ?? LIMIT_DEFAULT;
  query.done();
  const stream = await readable(nats, name);
  const begin = seq ?? (await beginOf(nats, stream, { time, direction }));
  const page = await findMessages(nats, stream, { subject, limit, seq: begin, direction });
  const { messages, lookedTo, cutShort = null } = page;
  const target = commandTarget(nats);
  return {
    stream: name,
    subject,
    messages: messages.map((message) => viewRow(message, apps)).reverse(),
    ...ends(stream, direction, begin, { first: messages[0]?.seq, lookedTo }),
    firstSeq: stream.firstSeq,
    lastSeq: stream.lastSeq,
    cutShort,
    commands: [
      ...browseCommands(target, { stream: name, subject, seq: messages[0]?.seq }),
      ...browseCommands(target, { stream: name, subject }),
    ],
  };
}

/** `api/message`. */
export async function showMessage(
  context: StudioContext,
  { nats, apps }: Surroundings,
): Promise<MessageDetail> {
  const query = queryOf(context, ['stream', 'seq']);
  const name = query.requiredName('stream');
  const seq = query.requiredWhole('seq', 1);
  query.done();
  const stream = await readable(nats, name);
  const message = await messageAt(nats, stream, seq);
  if (message === undefined) throw notFound(goneWords(stream, seq));
  const [body, previous, next] = await Promise.all([
    viewCheckedBody(message, apps),
    findMessages(nats, stream, { subject: '>', limit: 1, seq: seq - 1, direction: 'older' }),
    seq >= stream.lastSeq ? undefined : firstMatch(nats, stream, { seq: seq + 1 }, '>'),
  ]);
  const { subject } = message;
  return {
    row: viewRow(message, apps),
    subject: shown(subject, SUBJECT_MAX),
    ...viewHeaders(message.headers),
    contentType: contentTypeOf(message),
    body,
    previous: previous.messages[0]?.seq ?? null,
    next: next?.message.seq ?? null,
    commands: messageCommands(commandTarget(nats), { stream: name, subject, seq }),
  };
}

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const SUBJECT_MAX = 8_192;

async function beginOf(
  nats: Nats,
  stream: Readable,
  { time, direction }: { readonly time: Date | undefined; readonly direction: 'older' | 'newer' },
): Promise<number> {
  if (time === undefined) return direction === 'older' ? stream.lastSeq : stream.firstSeq;
  const seq = await seqAt(nats, stream, time);
  return direction === 'older' ? seq - 1 : seq;
}

/** Where to go on, both ways. */
function ends(
  { firstSeq, lastSeq }: Readable,
  direction: 'older' | 'newer',
  begin: number,
  found: { readonly first: number | undefined; readonly lookedTo: number },
): Pick<MessagesAnswer, 'older' | 'newer'> {
  const { first, lookedTo } = found;
  const before = (seq: number) => (seq > firstSeq ? Math.min(seq - 1, lastSeq) : null);
  if (direction === 'older')
    return { older: before(lookedTo), newer: Math.max(1, Math.min(begin, lastSeq) + 1) };
  return { older: before(first ?? begin), newer: Math.max(1, lookedTo + 1) };
}

function goneWords({ name, firstSeq, lastSeq }: Readable, seq: number): string {
  if (seq > lastSeq) return `Stream ${name} has no message ${seq} yet: its last one is ${lastSeq}.`;
  if (seq < firstSeq)
    return `Message ${seq} is not in stream ${name} any more: its first one is ${firstSeq}.`;
  return `Message ${seq} is not in stream ${name} any more: it was deleted, acknowledged or replaced.`;
}

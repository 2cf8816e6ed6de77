/** Dead letters as the page shows them. */
import type { DeadLetter } from '@jetlane/core';
import type { KnownApps } from '../apps/known-apps.ts';
import { previewBody } from '../messages/body-view.ts';
import { shown, typeOf, viewCheckedBody, viewHeaders } from '../messages/message-view.ts';
import { type CommandTarget, letterCommands } from '../messages/shell-command.ts';
import type { StoredMessage } from '../messages/stored-message.ts';
import type { LetterDetail, LetterRow } from '../wire.ts';

/** A dead letter in a list. */
export function viewLetter(letter: DeadLetter, apps: KnownApps): LetterRow {
  const message = toMessage(letter);
  return {
    seq: letter.seq,
    stream: shown(letter.stream, TEXT_MAX),
    streamSeq: letter.streamSeq,
    worker: shown(letter.worker, TEXT_MAX),
    subject: shown(letter.subject, TEXT_MAX),
    type: typeOf(message, apps),
    id: letter.id === undefined ? null : shown(letter.id, TEXT_MAX),
    reason: shown(letter.reason, TEXT_MAX),
    error: shown(letter.error, ERROR_MAX),
    errorCode: shown(letter.errorCode, TEXT_MAX),
    errorName: shown(letter.errorName, TEXT_MAX),
    attempts: letter.attempts,
    replays: letter.replays,
    buriedMs: letter.buriedAt.getTime(),
    bytes: letter.truncatedBytes ?? letter.payload.length,
    preview: previewBody(message).preview,
  };
}

/** A dead letter with all there is to know. */
export async function viewLetterDetail(
  letter: DeadLetter,
  letters: string,
  { apps, target }: { readonly apps: KnownApps; readonly target: CommandTarget },
): Promise<LetterDetail> {
  const message = toMessage(letter);
  return {
    in: letters,
    row: viewLetter(letter, apps),
    timeMs: letter.time.getTime(),
    ...viewHeaders(message.headers),
    body: await viewCheckedBody(message, apps),
    truncatedBytes: letter.truncatedBytes ?? null,
    commands: letterCommands(target, letters, letter.seq),
  };
}

const TEXT_MAX = 512;
const ERROR_MAX = 2_000;

/** The message that it was. */
function toMessage(letter: DeadLetter): StoredMessage {
  const { stream, streamSeq: seq, subject, time, headers, payload } = letter;
  return {
    stream,
    seq,
    subject,
    timeMs: time.getTime(),
    headers: Object.entries(headers),
    payload,
  };
}

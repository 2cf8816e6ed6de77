import { isJetlaneError } from '@jetlane/core';
import type { ErrorAnswer, Gap } from './wire.ts';

/** HTTP statuses of what can go wrong here. */
export type FailureStatus = 400 | 403 | 404 | 405 | 409 | 413 | 503;

/** What a request is answered instead of what it asked for. Never leaves the studio. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: FailureStatus;
  readonly code: string;

  constructor(status: FailureStatus, code: string, words: string, options?: ErrorOptions) {
    super(words, options);
    this.status = status;
    this.code = code;
  }
}

/** The request is wrong: all that is, in words. */
export function badRequest(problems: readonly string[]): Failure {
  return new Failure(400, 'BAD_REQUEST', problems.join('; '));
}

/** What was asked for is not there. */
export function notFound(words: string): Failure {
  return new Failure(404, 'NOT_FOUND', words);
}

/** Status and body of the answer to a request that failed, whatever was thrown. */
export function toErrorAnswer(error: unknown): {
  readonly status: FailureStatus;
  readonly body: ErrorAnswer;
} {
  const { status, code, message } = toFailure(error);
  return { status, body: { error: { code, words: message } } };
}

/** As part of an answer that has the rest. */
export function toGap(what: string, error: unknown): Gap {
  const { code, message } = toFailure(error);
  return { what, code, words: message };
}

/** What was thrown, with a status and in words. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (isJetlaneError(error))
    return new Failure(STATUS[error.code] ?? 503, error.code, error.message, { cause: error });
  const words = error instanceof Error ? error.message : String(error);
  return new Failure(503, 'FAILED', `it failed: ${words}`, { cause: error });
}

const STATUS: Readonly<Record<string, FailureStatus>> = {
  CONFIG_INVALID: 400,
  PERMISSION_DENIED: 403,
  NO_STREAM: 404,
  TOPOLOGY_CONFLICT: 409,
  STREAM_FULL: 409,
  MESSAGE_TOO_LARGE: 413,
};

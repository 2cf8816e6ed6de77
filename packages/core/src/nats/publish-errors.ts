/** The words of a publish that failed. */
import { JetlaneError } from '@jetlane/contracts';
import {
  ClosedConnectionError,
  DrainingConnectionError,
  InvalidArgumentError,
  InvalidSubjectError,
} from '@nats-io/nats-core';

/** No stream covers the subject. */
export function noStream(subject: string): JetlaneError {
  return new JetlaneError(
    'NO_STREAM',
    `no stream stores ${subject}; declare one that covers it and start it, or look at 'jetlane streams ls'`,
  );
}

/** The server refused the subject. */
export function denied(subject: string, cause: Error): JetlaneError {
  return new JetlaneError(
    'PERMISSION_DENIED',
    `these credentials may not publish to ${subject}: allow it in their permissions on the server`,
    { cause },
  );
}

/** The NATS client did not take the message: nothing was sent. */
export function notTaken(subject: string, maxPayload: number, cause: unknown): JetlaneError {
  const options = { cause };
  if (cause instanceof ClosedConnectionError || cause instanceof DrainingConnectionError)
    return closed(subject, options);
  if (cause instanceof InvalidSubjectError)
    return new JetlaneError(
      'SUBJECT_INVALID',
      `${subject} is no subject: tokens joined by dots, none empty, no white space`,
      options,
    );
  if (cause instanceof InvalidArgumentError && /max_payload/.test(cause.message))
    return new JetlaneError(
      'MESSAGE_TOO_LARGE',
      `${subject}: at most ${maxPayload} bytes fit, headers included: send less, or a reference to it`,
      options,
    );
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new JetlaneError(
    'CONNECTION_LOST',
    `${subject} was not sent: ${reason}; publishing it again with the same id is safe`,
    options,
  );
}

/** Nothing is sent any more. */
export function closed(subject: string, options: { readonly cause?: unknown } = {}): JetlaneError {
  return new JetlaneError(
    'CLOSED',
    `${subject} was not sent: the client is closed; connect() makes a new one`,
    options,
  );
}

/** The client closed before the ack came. */
export function unconfirmed(subject: string): JetlaneError {
  return new JetlaneError(
    'CLOSED',
    `${subject} was not confirmed when the client closed: it may be stored or not; publishing it again with the same id is safe`,
  );
}

/** More wait than this client keeps. */
export function overloaded(subject: string, waiting: number): JetlaneError {
  return new JetlaneError(
    'OVERLOADED',
    `${subject} was not sent: ${waiting} messages wait already; await some publishes before more, or raise maxInFlight`,
  );
}

/** More calls wait for their turn than this client keeps. */
export function crowded(waiting: number): JetlaneError {
  return new JetlaneError(
    'OVERLOADED',
    `nothing was sent: ${waiting} calls of publish wait for their turn already; await some of them before more`,
  );
}

/** No ack came in time. `last` is what the server said last, `why` what is known otherwise. */
export function timedOut(
  subject: string,
  limitMs: number,
  why: string,
  last: JetlaneError | undefined,
): JetlaneError {
  return new JetlaneError(
    'PUBLISH_TIMEOUT',
    `${subject}: no ack within ${limitMs} ms (${last?.message ?? why}); publishing it again with the same id is safe`,
    { retryable: true, cause: last },
  );
}

/** A refusal of a message that was sent several times: an earlier one may have been stored. */
export function resent(error: JetlaneError): JetlaneError {
  const { code, message, retryable } = error;
  return new JetlaneError(code, message, { retryable, cause: RESENT });
}

/** Whether the refused message may have been stored although it was refused. */
export function wasResent({ cause }: JetlaneError): boolean {
  return cause === RESENT;
}

const RESENT = 'sent several times, as no ack came';

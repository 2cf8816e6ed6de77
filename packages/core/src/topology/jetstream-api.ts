/**
 * Requests to the JetStream API, answered with the server's own words instead of exceptions: which refusals matter is for
 * the caller to say. Only what never reached JetStream throws.
 */

import { JetlaneError } from '@jetlane/contracts';
import { errors } from '@nats-io/nats-core';
import type { Admin } from './admin.ts';

/** Codes of the server that decide what to do next. */
export const API_CODE = {
  streamNotFound: 10059,
  consumerNotFound: 10014,
  streamExists: 10058,
  consumerExists: 10148,
  subjectsOverlap: 10065,
  notFoundInStream: 10037,
  noSuitablePeers: 10005,
  notEnabledForAccount: 10039,
  notEnabled: 10076,
  resetNotAllowed: 10204,
} as const;

/** What the server said. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: number; readonly words: string };

/**
 * Sends one request. Asked again when no answer came in time, so only for requests that may be repeated.
 *
 * @throws JetlaneError `JETSTREAM_UNAVAILABLE`, `CONNECTION_LOST`, `CLOSED`, `PERMISSION_DENIED`
 */
export async function ask<T>(admin: Admin, path: string, body?: unknown): Promise<Answer<T>> {
  const { apiPrefix = '$JS.API', timeout = TIMEOUT_MS } = admin.jsm.getOptions();
  const subject = `${apiPrefix}.${path}`;
  const payload = body === undefined ? '' : JSON.stringify(body);
  for (let tries = 1; ; tries++) {
    try {
      const reply = await admin.nc.request(subject, payload, { timeout });
      return toAnswer<T>(reply.json<Reply>());
    } catch (cause) {
      const repeat = cause instanceof errors.TimeoutError && tries < TRIES_MAX;
      if (!repeat) throw toError(cause, subject, tries * timeout);
    }
  }
}

/** The value of an answer, or what `refused` makes of it. */
export function unwrap<T>(answer: Answer<T>, doing: string): T {
  if (answer.ok) return answer.value;
  throw refusal(answer, doing);
}

/** An error that quotes the server. */
export function refusal(
  answer: { readonly code: number; readonly words: string },
  doing: string,
): JetlaneError {
  const words = `${doing}: the server answered "${answer.words}" (${answer.code})`;
  if (answer.code === API_CODE.notEnabledForAccount || answer.code === API_CODE.notEnabled) {
    return new JetlaneError('JETSTREAM_UNAVAILABLE', `${words}; enable JetStream for this account`);
  }
  if (serversAreUnheard(answer))
    return new JetlaneError(
      'JETSTREAM_UNAVAILABLE',
      `${words}; start the servers of the cluster that are away, or ask for fewer replicas`,
      { retryable: true },
    );
  if (CONFLICTS.has(answer.code))
    return new JetlaneError(
      'TOPOLOGY_CONFLICT',
      `${words}; 'jetlane streams ls' shows what is there`,
    );
  if (answer.code === API_CODE.streamNotFound)
    return new JetlaneError('NO_STREAM', `${words}; 'jetlane streams apply APP' makes it`);
  return new JetlaneError(
    'CONFIG_INVALID',
    `${words}; change what the declaration asks for, or the server's limits`,
  );
}

/**
 * Whether a stream finds no place because the leader of a cluster has not heard of enough servers: they are away, or
 * joined it less than 10 s ago. Other reasons for this code, such as tags, stay in the words beside it.
 */
export function serversAreUnheard(answer: {
  readonly code: number;
  readonly words: string;
}): boolean {
  return answer.code === API_CODE.noSuitablePeers && UNHEARD.test(answer.words);
}

const TIMEOUT_MS = 5_000;
const TRIES_MAX = 3;

/** What the server says of one that it heard of long ago or only by name, and of one that it never heard of. */
const UNHEARD = /peer offline|miscellaneous issue/;

const CONFLICTS: ReadonlySet<number> = new Set([
  API_CODE.streamExists,
  API_CODE.consumerExists,
  API_CODE.subjectsOverlap,
  10_012, // consumer update not possible
  10_055, // mirror cannot be updated
  10_099, // workqueue: several consumers without filter
  10_100, // workqueue: filters overlap
]);

interface Reply {
  readonly error?: {
    readonly code: number;
    readonly err_code?: number;
    readonly description: string;
  };
}

function toAnswer<T>(reply: Reply): Answer<T> {
  const { error } = reply;
  if (error === undefined) return { ok: true, value: reply as T };
  return { ok: false, code: error.err_code ?? error.code, words: error.description };
}

function toError(cause: unknown, subject: string, waitedMs: number): JetlaneError {
  if (cause instanceof errors.RequestError && cause.isNoResponders()) {
    return new JetlaneError(
      'JETSTREAM_UNAVAILABLE',
      `nothing answers ${subject}: start nats-server with JetStream (-js), or give the domain it runs in`,
      { cause },
    );
  }
  const permission = [cause, (cause as Error | undefined)?.cause].find(
    (each) => each instanceof errors.PermissionViolationError,
  );
  if (permission !== undefined) {
    return new JetlaneError(
      'PERMISSION_DENIED',
      `these credentials may not use ${subject}: allow it in their permissions on the server`,
      {
        cause,
      },
    );
  }
  if (
    cause instanceof errors.ClosedConnectionError ||
    cause instanceof errors.DrainingConnectionError
  ) {
    return new JetlaneError(
      'CLOSED',
      `the connection closed before ${subject} was answered; connect() makes a new one`,
      {
        cause,
      },
    );
  }
  if (cause instanceof errors.TimeoutError) {
    return new JetlaneError(
      'CONNECTION_LOST',
      `no answer to ${subject} within ${waitedMs} ms; look at the server, then try again`,
      {
        cause,
      },
    );
  }
  const words = cause instanceof Error ? cause.message : String(cause);
  return new JetlaneError('CONNECTION_LOST', `asking the server (${subject}) failed: ${words}`, {
    cause,
  });
}

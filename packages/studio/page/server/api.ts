/** Asking the studio's server. Addresses are relative to the page, so the studio may be mounted anywhere. */
import type { ActionAnswer, ErrorAnswer, Session } from '../../src/wire.ts';
import { type Query, searchOf } from '../route.ts';
import { session } from './session.ts';

/** What can be done. */
export type ActionName = 'pause' | 'resume' | 'replay' | 'forget';

/** An answer that says why not, in words that can be shown; `UNREACHABLE` where none came. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, words: string) {
    super(words);
    this.code = code;
    this.status = status;
  }
}

const answerWithinMs = 20_000;
/** Longer than the server lets one action take. */
const actWithinMs = 300_000;

/** Reads one answer. Rejects with a {@link Refusal}, or with an AbortError when `signal` says so. */
export async function read<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(answerWithinMs);
  const init = { signal: signal ? AbortSignal.any([signal, limit]) : limit };
  return (await ask(address(path, query), init, signal)) as T;
}

/** Acts. A token that is out of date, since the server was started anew, is asked for once more. */
export async function act(action: ActionName, request: object): Promise<ActionAnswer> {
  const token = session.get().session?.token ?? null;
  try {
    return await post(action, request, token);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 403) throw error;
    const fresh = await readSession();
    if (fresh.token === null || fresh.token === token) throw error;
    return post(action, request, fresh.token);
  }
}

/** Asks what this page may do, and keeps it. */
export async function readSession(): Promise<Session> {
  const found = await read<Session>('api/session');
  session.set({ session: found, first: session.get().first ?? found });
  return found;
}

/** The address of an answer, for `fetch` and for links. */
export function address(path: string, query: Query = {}): string {
  return `${path}${searchOf(query)}`;
}

async function post(
  action: ActionName,
  request: object,
  token: string | null,
): Promise<ActionAnswer> {
  const answer = await ask(`api/actions/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-jetlane-token': token ?? '' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(actWithinMs),
  });
  return answer as ActionAnswer;
}

async function ask(url: string, init: RequestInit, signal?: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, credentials: 'same-origin', redirect: 'error' });
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    throw new Refusal('UNREACHABLE', 0, late ? lateWords : unreachableWords);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  const said = (answer as Partial<ErrorAnswer> | undefined)?.error;
  throw new Refusal(
    said?.code ?? 'UNREADABLE',
    response.status,
    said?.words ??
      `The server answered with status ${response.status} and nothing that this page can read.`,
  );
}

const lateWords = 'The studio’s server took too long to answer. It may be overloaded: try again.';
const unreachableWords =
  'The studio’s server does not answer. Is it still running? This page goes on trying.';

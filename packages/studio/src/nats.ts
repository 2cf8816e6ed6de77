/**
 * Questions to the server: few at a time, each with an end, and refusals in words. Nothing is left behind on the server, and
 * nothing is asked of one that is not there.
 */
import type { Connection } from '@jetlane/core';
import { Failure } from './failure.ts';
import { Gate } from './gate.ts';

/** What the server says of a stream. */
export type StreamInfo = Awaited<ReturnType<Connection['jsm']['streams']['info']>>;
/** What the server says of a consumer. */
export type ConsumerInfo = Awaited<ReturnType<Connection['jsm']['consumers']['info']>>;
/** A message as it lies in a stream. */
export type Stored = NonNullable<Awaited<ReturnType<Connection['jsm']['direct']['getMessage']>>>;

/** The server said no. */
export class Refused extends Failure {
  /** Of the JetStream API, such as 10059 for a stream that does not exist. */
  readonly apiCode: number;

  constructor(status: 404 | 409, code: string, words: string, apiCode: number) {
    super(status, code, words);
    this.apiCode = apiCode;
  }
}

/** The way to the server. */
export class Nats {
  readonly connection: Connection;
  readonly #gate = new Gate({ running: RUNNING_MAX, waiting: WAITING_MAX });
  /** Questions in a row that were not answered, and when the last of them was given up. */
  #unanswered = 0;
  #unansweredAtMs = 0;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Whether a question has a chance. */
  get connected(): boolean {
    return this.connection.connected;
  }

  /**
   * Asks the JetStream API, once.
   *
   * @throws Failure in words; {@link Refused} with what the server answered
   */
  ask<T extends object>(path: string, body?: unknown): Promise<T> {
    const subject = `${this.connection.apiPrefix}.${path}`;
    return this.run(`the question ${shortened(subject)}`, async () => {
      const payload = body === undefined ? '' : JSON.stringify(body);
      const options = { timeout: TIMEOUT_MS };
      const reply = await this.connection.nc.request(subject, payload, options);
      const answer = reply.json<T & { readonly error?: ApiError }>();
      if (answer.error !== undefined) throw refused(answer.error);
      return answer;
    });
  }

  /**
   * Does something with the connection that needs it: in turn, and not for longer than a few seconds.
   *
   * @param what names it where it fails
   * @throws Failure in words
   */
  run<T>(what: string, work: () => Promise<T>, timeoutMs = TIMEOUT_MS): Promise<T> {
    return this.#gate.run(async () => {
      if (!this.connected) throw disconnected();
      if (this.#isSilent) throw lateFailure(what, timeoutMs);
      try {
        const value = await inTime(what, work(), timeoutMs + GRACE_MS);
        this.#unanswered = 0;
        return value;
      } catch (error) {
        if (!this.connected) throw disconnected();
        const failure = toWords(what, error, timeoutMs);
        if (failure instanceof Failure && failure.code === 'CONNECTION_LOST') this.#gaveUp();
        else this.#unanswered = 0;
        throw failure;
      }
    });
  }

  /** What waits in line is not asked of a server that answers nothing: one silence is enough for all of it. */
  get #isSilent(): boolean {
    return (
      this.#unanswered >= UNANSWERED_MAX && performance.now() - this.#unansweredAtMs < SILENCE_MS
    );
  }

  #gaveUp(): void {
    this.#unanswered += 1;
    this.#unansweredAtMs = performance.now();
    if (this.#unanswered === UNANSWERED_MAX) void this.connection.probe();
  }
}

/** Where it is not there. */
function disconnected(): Failure {
  return new Failure(
    503,
    'DISCONNECTED',
    'The nats-server does not answer at the moment. The studio goes on trying; it needs nothing done here.',
  );
}

const RUNNING_MAX = 8;
const WAITING_MAX = 2_000;
const TIMEOUT_MS = 3_000;
const UNANSWERED_MAX = 3;
const SILENCE_MS = 2_000;
/** The client's own timeout comes first, and says more. */
const GRACE_MS = 500;

interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description: string;
}

const NOT_THERE: ReadonlyMap<number, string> = new Map([
  [10_059, 'There is no such stream'],
  [10_014, 'There is no such consumer'],
  [10_037, 'There is no such message'],
]);

function refused({ code, err_code: apiCode = code, description }: ApiError): Refused {
  const absent = NOT_THERE.get(apiCode);
  if (absent !== undefined)
    return new Refused(404, 'NOT_FOUND', `${absent} any more, or there never was.`, apiCode);
  return new Refused(
    409,
    'REFUSED',
    `The nats-server answered: ${description} (${apiCode}).`,
    apiCode,
  );
}

async function inTime<T>(what: string, work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateFailure(what, timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function lateFailure(what: string, timeoutMs: number): Failure {
  const words = `${what} was not answered within ${timeoutMs / 1000} s: the server is overloaded, or these credentials may not ask it`;
  return new Failure(503, 'CONNECTION_LOST', words);
}

/** Errors of the NATS client, known by name: there may be several copies of it. */
function toWords(what: string, error: unknown, timeoutMs: number): unknown {
  const chain = [error, (error as { cause?: unknown } | null)?.cause] as { name?: unknown }[];
  const named = (name: string) => chain.find((each) => each?.name === name);
  const permission = named('PermissionViolationError') as { subject?: string } | undefined;
  if (permission !== undefined)
    return new Failure(
      403,
      'PERMISSION_DENIED',
      `These credentials may not use ${permission.subject ?? 'this subject'}: allow it, or start the studio with others.`,
      { cause: error },
    );
  if (named('TimeoutError') !== undefined) return lateFailure(what, timeoutMs);
  if (named('NoResponders') !== undefined)
    return new Failure(
      503,
      'JETSTREAM_UNAVAILABLE',
      `Nobody answers ${what}: JetStream is off for this account, or the stream is without a leader.`,
      { cause: error },
    );
  return error;
}

function shortened(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

import { JetlaneError } from '@jetlane/contracts';
import { type NatsConnection, PermissionViolationError, TimeoutError } from '@nats-io/nats-core';

/** Oldest nats-server whose JetStream does all that Jetlane relies on; older ones ignore options silently. */
export const SERVER_VERSION_MIN = '2.14.0';

/** How long the server has for an answer of the JetStream API. */
export const API_TIMEOUT_MS = 5_000;

/** What to do, by the code of the refusal: for the whole server, and for one account. */
const NOT_ENABLED: Readonly<Record<number, string>> = {
  10076: 'start it with -js',
  10039: 'enable JetStream for this account, or use credentials of another',
};

/** @throws JetlaneError `SERVER_UNSUPPORTED` */
export function checkVersion(nc: NatsConnection): void {
  const version = nc.info?.version ?? '0.0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin = 0, minorMin = 0] = SERVER_VERSION_MIN.split('.').map(Number);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  throw new JetlaneError(
    'SERVER_UNSUPPORTED',
    `nats-server ${version} at ${nc.getServer()} is too old: Jetlane needs ${SERVER_VERSION_MIN} or later; upgrade it`,
  );
}

/**
 * Waits for JetStream: a cluster that is just starting answers only once it has a leader.
 *
 * @throws JetlaneError `JETSTREAM_UNAVAILABLE`, `PERMISSION_DENIED`
 */
export async function checkJetStream(nc: NatsConnection, domain?: string): Promise<void> {
  const deadlineMs = Date.now() + API_TIMEOUT_MS;
  for (;;) {
    const problem = await jetStreamProblem(nc, domain);
    if (problem === undefined) return;
    if (problem.code !== 'JETSTREAM_UNAVAILABLE' || !problem.retryable || Date.now() > deadlineMs)
      throw problem;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Prefix of the JetStream API: `$JS.API`, or that of a domain. */
export function apiPrefixOf(domain: string | undefined): string {
  return domain === undefined ? '$JS.API' : `$JS.${domain}.API`;
}

async function jetStreamProblem(
  nc: NatsConnection,
  domain: string | undefined,
): Promise<JetlaneError | undefined> {
  try {
    const question = `${apiPrefixOf(domain)}.INFO`;
    const answer = (await nc.request(question, '', { timeout: 2_000 })).json<{
      error?: { code: number; err_code: number; description: string };
    }>();
    if (answer.error === undefined) return undefined;
    const { code, err_code, description } = answer.error;
    const cure = NOT_ENABLED[err_code];
    return new JetlaneError(
      'JETSTREAM_UNAVAILABLE',
      `JetStream of the nats-server at ${nc.getServer()} answers: ${description}${cure === undefined ? '' : `; ${cure}`}`,
      { retryable: code === 503 && cure === undefined },
    );
  } catch (cause) {
    return denied(nc, cause) ?? unavailable(nc, domain, cause);
  }
}

/** Whether a refused subject is the reason, wherever in the chain of causes that is said. */
function denied(nc: NatsConnection, error: unknown): JetlaneError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!(cause instanceof PermissionViolationError)) continue;
    const { operation, subject } = cause;
    return operation === 'subscription'
      ? inboxDenied(subject, cause)
      : new JetlaneError(
          'PERMISSION_DENIED',
          `${nc.getServer()} does not let these credentials publish to ${subject}, the JetStream API: allow it in their permissions on the server`,
          { cause },
        );
  }
  return undefined;
}

/** The server does not let this connection listen where answers arrive. */
export function inboxDenied(inbox: string, cause: unknown): JetlaneError {
  return new JetlaneError(
    'PERMISSION_DENIED',
    `these credentials may not subscribe to ${inbox}, where answers arrive: allow it, or name a prefix that is allowed with nats: { inboxPrefix }`,
    { cause },
  );
}

function unavailable(nc: NatsConnection, domain: string | undefined, cause: unknown): JetlaneError {
  const at = `the nats-server at ${nc.getServer()}`;
  const words =
    domain === undefined
      ? `${at} runs without JetStream, or this account may not use it; start it with -js`
      : `${at} reaches no JetStream domain '${domain}'; look at 'domain' in the options and in the server's jetstream block`;
  const retryable =
    nc.info?.jetstream === true && (domain === undefined || cause instanceof TimeoutError);
  return new JetlaneError('JETSTREAM_UNAVAILABLE', words, { retryable, cause });
}

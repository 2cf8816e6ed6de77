import type { ActionToken } from '../guard/action-token.ts';
import type { StudioContext, Surroundings } from '../surroundings.ts';
import type { Session } from '../wire.ts';

/** What `api/session` answers from. */
export interface SessionSource {
  readonly token: ActionToken;
  readonly version: string;
  readonly title: string | undefined;
  /** Why this page may not act; undefined where it may. */
  readonly refusal: (context: StudioContext) => string | undefined;
}

/** `api/session`. */
export async function showSession(
  context: StudioContext,
  { nats, apps }: Surroundings,
  { token, version, title, refusal }: SessionSource,
): Promise<Session> {
  const whyNot = refusal(context) ?? null;
  return {
    token: whyNot === null ? token.value : null,
    mayAct: whyNot === null,
    whyNot,
    version,
    apps: apps.names,
    title:
      title ?? (apps.names.length > 0 ? apps.names.join(', ') : nats.connection.nc.getServer()),
  };
}

import { configInvalid, unknownOptions } from '@jetlane/contracts';
import { type App, type Connection, isApp } from '@jetlane/core';
import type { Actions } from './guard/action-rule.ts';

/** What the studio shows, and to whom. */
export interface StudioOptions {
  /** Where to look, from `open()`. The studio never closes it; one of its own keeps it from disturbing others. */
  readonly connection: Connection;
  /**
   * Apps whose workers and messages are known: their workers are shown as declared, their messages checked by their contracts.
   * Default: none, and everything else works.
   */
  readonly apps?: readonly App[];
  /** Who may pause, resume, replay and forget. Default `'loopback'`: who sits at this machine. */
  readonly actions?: Actions;
  /** The address that its server listens on, by which the studio knows under which names it may be asked. Default `'127.0.0.1'`. */
  readonly host?: string;
  /** More names to answer to, such as that of a reverse proxy. Default: none. */
  readonly names?: readonly string[];
  /** Shown above the page. Default: the names of the apps, else the address of the server. */
  readonly title?: string;
}

/** @throws JetlaneError `CONFIG_INVALID` listing all that is wrong */
export function assertStudioOptions(options: StudioOptions): void {
  const { connection, apps = [], actions, host, names, title } = options;
  const problems = unknownOptions(options, OPTIONS);
  const { nc, jsm, onChange } = (connection ?? {}) as Partial<Connection>;
  if (nc === undefined || jsm === undefined || typeof onChange !== 'function')
    problems.push("'connection' must be a connection of open()");
  if (!Array.isArray(apps)) problems.push("'apps' must be a list of app(...)");
  else
    for (const [index, app] of apps.entries())
      if (!isApp(app)) problems.push(`'apps[${index}]' is no app, as made by app(...)`);
  if (actions !== undefined && !ACTIONS.includes(actions))
    problems.push(`'actions' must be one of ${ACTIONS.join(', ')}, not '${String(actions)}'`);
  for (const [name, text] of Object.entries({ host, title }))
    if (text !== undefined && (typeof text !== 'string' || text === ''))
      problems.push(`'${name}' must be text`);
  if (names !== undefined && !(Array.isArray(names) && names.every(isName)))
    problems.push("'names' must be a list of host names, without scheme and port");
  if (problems.length > 0) throw configInvalid('studio', problems);
}

const OPTIONS = [
  'connection',
  'apps',
  'actions',
  'host',
  'names',
  'title',
] as const satisfies readonly (keyof StudioOptions)[];
const ACTIONS: readonly Actions[] = ['loopback', 'allow', 'off'];

function isName(name: unknown): boolean {
  return typeof name === 'string' && /^[\w.-]+$|^[\da-f:.]+$/i.test(name);
}

/** The flags by which every command reaches a server, by NATS's own names. */
import { type Command, Option } from 'commander';

/** What was said on the command line, in the environment or by a context. All optional. */
export interface ConnectionFlags {
  readonly server?: string | undefined;
  readonly creds?: string | undefined;
  readonly nkey?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly tlsca?: string | undefined;
  readonly tlscert?: string | undefined;
  readonly tlskey?: string | undefined;
  readonly context?: string | undefined;
  readonly domain?: string | undefined;
  readonly inboxPrefix?: string | undefined;
}

/** The environment variable behind each flag. */
export const connectionVariables = {
  server: 'NATS_URL',
  creds: 'NATS_CREDS',
  nkey: 'NATS_NKEY',
  user: 'NATS_USER',
  password: 'NATS_PASSWORD',
  token: 'NATS_TOKEN',
  tlsca: 'NATS_CA',
  tlscert: 'NATS_CERT',
  tlskey: 'NATS_KEY',
  context: 'NATS_CONTEXT',
} as const satisfies Partial<Record<keyof ConnectionFlags, string>>;

/** Adds the connection flags to a command. `without` says where it connects when no server is named. */
export function addConnectionFlags(command: Command, without = 'nats://127.0.0.1:4222'): Command {
  const rows: readonly (readonly [string, string])[] = [
    ['-s, --server <urls>', `servers, separated by commas (NATS_URL; default ${without})`],
    ['--creds <file>', 'credentials file (NATS_CREDS)'],
    ['--nkey <file>', 'file with an nkey seed (NATS_NKEY)'],
    ['--user <name>', 'user name (NATS_USER)'],
    ['--password <text>', 'password (NATS_PASSWORD, which other users of the machine cannot see)'],
    ['--token <text>', 'token (NATS_TOKEN)'],
    ['--tlsca <file>', 'certificate authority (NATS_CA)'],
    ['--tlscert <file>', 'client certificate (NATS_CERT)'],
    ['--tlskey <file>', 'key of the client certificate (NATS_KEY)'],
    ['--context <name>', 'context of the nats CLI (NATS_CONTEXT; default: the selected one)'],
    ['--domain <name>', 'JetStream domain'],
  ];
  for (const [flags, description] of rows)
    command.addOption(new Option(flags, description).helpGroup('Connection:'));
  return command;
}

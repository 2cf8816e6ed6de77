/** Every option that has a default, as Markdown, from the words beside it in the code. A test holds them to what the code does. */
import { membersOf } from './declared.ts';
import { defaultOf, withoutDefault } from './doc.ts';
import { declarationIn, declarationsOf, readModule } from './module.ts';
import { entryOf } from './places.ts';

/** An option and its default, in words. */
export interface Defaulted {
  readonly option: string;
  readonly value: string;
  readonly words: string;
}

/** A group of options: where they are given, and the interface that declares them. */
interface Group {
  readonly title: string;
  readonly package: string;
  readonly interface: string;
}

const GROUPS: readonly Group[] = [
  { title: 'connect()', package: 'core', interface: 'ConnectionOptions' },
  { title: 'connect(): how it publishes', package: 'core', interface: 'WriteOptions' },
  { title: 'connect(): the rest', package: 'core', interface: 'ConnectOptions' },
  { title: 'publish(): options of a message', package: 'contracts', interface: 'MessageOptions' },
  { title: 'publish() of several', package: 'core', interface: 'PublishOptions' },
  { title: 'publishAll()', package: 'core', interface: 'PublishAllOptions' },
  { title: 'stream()', package: 'contracts', interface: 'StreamSettings' },
  { title: 'worker()', package: 'core', interface: 'WorkerOptions' },
  { title: 'worker(): retry', package: 'core', interface: 'RetryOptions' },
  { title: 'worker(): breaker', package: 'core', interface: 'BreakerOptions' },
  { title: 'worker(): rateLimit', package: 'core', interface: 'RateLimit' },
  { title: 'kvInbox()', package: 'core', interface: 'KvInboxOptions' },
  { title: 'kv()', package: 'core', interface: 'KvOptions' },
  { title: 'memory()', package: 'core', interface: 'MemoryOptions' },
  { title: 'startServer()', package: 'devserver', interface: 'ServerOptions' },
];

/** The options of one interface that say what their default is. */
export function defaultsOf(group: Pick<Group, 'package' | 'interface'>): Defaulted[] {
  const { module, statements } = declarationsOf(
    readModule(entryOf(group.package)),
    group.interface,
  );
  const [statement] = statements;
  const declaration = statement && declarationIn(statement);
  if (declaration === undefined) throw new Error(`${group.interface} is not declared`);
  return membersOf(module, declaration).flatMap(({ name, doc }) => {
    const value = defaultOf(doc);
    if (value === undefined) return [];
    return [{ option: name, value, words: withoutDefault(doc) }];
  });
}

/** The page: a table for each place where options are given. */
export function defaultsPage(): string {
  return `${GROUPS.map(section)
    .filter((text) => text !== '')
    .join('\n\n')}\n`;
}

function section(group: Group): string {
  const rows = defaultsOf(group).map(
    ({ option, value, words }) =>
      `| \`${option}\` | ${cell(value)} | ${cell(firstSentence(words))} |`,
  );
  if (rows.length === 0) return '';
  return [`## ${group.title}`, '', '| option | default | |', '| --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function firstSentence(text: string): string {
  const [, sentence] = /^((?:`[^`]*`|[^`])*?\.)(?:\s|$)/s.exec(text) ?? [];
  return (sentence ?? text).replaceAll(/\s+/g, ' ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Completion scripts, made from the command tree. Pure. */
import type { Command, Option } from 'commander';

/** A command as completion sees it. */
export interface CommandNode {
  /** Words from the root: `streams plan`; empty for the root. */
  readonly path: string;
  readonly summary: string;
  readonly commands: readonly CommandNode[];
  readonly flags: readonly FlagNode[];
  /** Whether its arguments are files. */
  readonly files: boolean;
  /** Fixed values of its first argument. */
  readonly choices: readonly string[];
}

/** An option as completion sees it. */
export interface FlagNode {
  /** `-s` and `--server`, whichever there are. */
  readonly names: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** The tree below a command. */
export function toTree(command: Command, path = ''): CommandNode {
  const commands = command.commands
    .filter((each) => each.name() !== 'help')
    .map((each) => toTree(each, `${path} ${each.name()}`.trim()));
  const first = command.registeredArguments[0];
  return {
    path,
    summary: command.summary() || command.description(),
    commands,
    flags: command.options.map(toFlag),
    files: /APP|DIR/.test(first?.name() ?? ''),
    choices: first?.argChoices ?? [],
  };
}

/** For bash: one function that looks at the words before the cursor. */
export function bashScript(root: CommandNode): string {
  const cases = nodes(root).map((node) => {
    const words = [...node.commands.map(last), ...flagNames(node), ...node.choices].join(' ');
    return `    '${node.path}') words='${words}'${node.files ? ' files=yes' : ''} ;;`;
  });
  const values = valueCases(root).map(
    ([names, choices]) =>
      `    ${names.join('|')}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return ;;`,
  );
  return `# bash completion of jetlane
_jetlane() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' files='' word
  case "$prev" in
${values.join('\n')}
    ${valueFlags(root).join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case ", ${commandPaths(root).join(' , ')} ," in *", \${path:+$path }$word ,"*) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ -z "$files" || "$cur" == -* ]] || COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -o filenames -F _jetlane jetlane`;
}

/** For zsh: the same, with what each word means. */
export function zshScript(root: CommandNode): string {
  const cases = nodes(root).map((node) => {
    const words = [
      ...node.commands.map((each) => `${last(each)}:${plainText(each.summary)}`),
      ...node.choices,
      ...node.flags.flatMap(({ names, summary }) =>
        names.map((name) => `${name}:${plainText(summary)}`),
      ),
    ];
    const list = words.map((word) => `'${word}'`).join(' ');
    return `    '${node.path}') words_=(${list})${node.files ? ' files_=yes' : ''} ;;`;
  });
  const values = valueCases(root).map(
    ([names, choices]) => `    ${names.join('|')}) compadd -- ${choices.join(' ')}; return ;;`,
  );
  return `#compdef jetlane
# zsh completion of jetlane
_jetlane() {
  local path_='' files_='' word
  local -a words_ before
  before=("\${(@)words[2,CURRENT-1]}")
  case "\${words[CURRENT-1]}" in
${values.join('\n')}
    ${valueFlags(root).join('|')}) _files; return ;;
  esac
  for word in $before; do
    case ", ${commandPaths(root).join(' , ')} ," in *", \${path_:+$path_ }$word ,"*) path_="\${path_:+$path_ }$word" ;; esac
  done
  case "$path_" in
${cases.join('\n')}
  esac
  _describe 'jetlane' words_
  [[ -z "$files_" ]] || _files
}
compdef _jetlane jetlane`;
}

/** For fish: one line a word. */
export function fishScript(root: CommandNode): string {
  const lines = nodes(root).flatMap((node) => {
    const condition = `__jetlane_at '${node.path}'`;
    const commands = node.commands.map(
      (each) =>
        `complete -c jetlane -n "${condition}" -a '${last(each)}' -d '${plainText(each.summary)}'`,
    );
    const choices = node.choices.map(
      (choice) => `complete -c jetlane -n "${condition}" -a '${choice}'`,
    );
    const files = node.files ? [`complete -c jetlane -n "${condition}" -F`] : [];
    return [
      ...commands,
      ...choices,
      ...files,
      ...node.flags.map((flag) => fishFlag(condition, flag)),
    ];
  });
  return `# fish completion of jetlane
complete -c jetlane -f
function __jetlane_at
  set -l path
  set -l known ${commandPaths(root)
    .map((path) => `'${path}'`)
    .join(' ')}
  for word in (commandline -opc)[2..]
    set -l next (string trim "$path $word")
    contains -- "$next" $known; and set path $next
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}`;
}

function fishFlag(condition: string, { names, summary, takesValue, choices }: FlagNode): string {
  const parts = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const value = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : takesValue ? ' -r' : '';
  return `complete -c jetlane -n "${condition}" ${parts.join(' ')}${value} -d '${plainText(summary)}'`;
}

function toFlag(option: Option): FlagNode {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    summary: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}

function nodes(root: CommandNode): CommandNode[] {
  return [root, ...root.commands.flatMap(nodes)];
}

function commandPaths(root: CommandNode): string[] {
  return nodes(root)
    .map(({ path }) => path)
    .filter((path) => path !== '');
}

function flagNames({ flags }: CommandNode): string[] {
  return flags.flatMap(({ names }) => names);
}

/** Every option that takes a value of its own, by all its names. */
function valueFlags(root: CommandNode): string[] {
  const flags = nodes(root).flatMap((node) => node.flags);
  const open = flags.filter(({ takesValue, choices }) => takesValue && choices.length === 0);
  return [...new Set(open.flatMap(({ names }) => names))];
}

function valueCases(root: CommandNode): (readonly [readonly string[], readonly string[]])[] {
  const flags = nodes(root).flatMap((node) => node.flags);
  return flags
    .filter(({ choices }) => choices.length > 0)
    .map(({ names, choices }) => [names, choices]);
}

function last({ path }: CommandNode): string {
  return path.split(' ').at(-1) as string;
}

/** Without what a shell or `_describe` would take for syntax. */
function plainText(text: string): string {
  return text
    .replace(/[:'"\\$`]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

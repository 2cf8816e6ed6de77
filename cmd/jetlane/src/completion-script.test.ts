import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { bashScript, fishScript, toTree, zshScript } from './completion-script.ts';

const root = new Command('jetlane');
root.option('--debug', 'show stacks');
const streams = root.command('streams').summary("compare 'em: all");
streams
  .command('export')
  .argument('[APP]')
  .addOption(new Option('--format <name>').choices(['nats', 'nack']));
root.command('tail').argument('<FILTER>').option('-s, --server <url>', 'where');
const tree = toTree(root);

describe('completion', () => {
  it('knows commands, options, their values, and which arguments are files', () => {
    expect(tree.commands.map(({ path }) => path)).toEqual(['streams', 'tail']);
    const [exporting] = tree.commands[0]?.commands ?? [];
    expect(exporting).toMatchObject({ path: 'streams export', files: true });
    expect(exporting?.flags).toMatchObject([{ names: ['--format'], choices: ['nats', 'nack'] }]);
    expect(tree.commands[1]).toMatchObject({ files: false });
  });

  it('is written for bash', () => {
    const script = bashScript(tree);
    expect(script).toContain("'streams export') words='--format' files=yes ;;");
    expect(script).toContain("'') words='streams tail --debug' ;;");
    expect(script).toContain(
      '--format) COMPREPLY=($(compgen -W \'nats nack\' -- "$cur")); return ;;',
    );
    expect(script).toContain('-s|--server) COMPREPLY=($(compgen -f');
  });

  it('is written for zsh, with summaries that are no syntax', () => {
    expect(zshScript(tree)).toContain("'streams:compare em all'");
  });

  it('is written for fish', () => {
    const script = fishScript(tree);
    expect(script).toContain(
      `complete -c jetlane -n "__jetlane_at 'tail'" -s s -l server -r -d 'where'`,
    );
    expect(script).toContain(`complete -c jetlane -n "__jetlane_at 'streams export'" -F`);
  });
});

import { Argument, type Command } from 'commander';
import { bashScript, fishScript, toTree, zshScript } from '../completion-script.ts';
import { addExamples, type Shell } from '../shell.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `jetlane completion`: a script that completes commands and options. */
export function addCompletion(program: Command, shell: Shell): void {
  const command = program
    .command('completion')
    .summary('print a shell completion script')
    .description(
      'Prints a script that completes the commands and options of jetlane in your shell.',
    )
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SCRIPTS)))
    .action((name: keyof typeof SCRIPTS) => {
      shell.io.out(SCRIPTS[name](toTree(program)));
    });
  addExamples(command, [
    ['source <(jetlane completion bash)', 'in ~/.bashrc'],
    ['source <(jetlane completion zsh)', 'in ~/.zshrc, after compinit'],
    ['jetlane completion fish | source', 'in ~/.config/fish/config.fish'],
  ]);
}

/** How the server has something, and how one sees it from a terminal. */
import type { CommandView } from '../../src/wire.ts';
import { Preformatted } from './body.tsx';
import { Commands } from './commands.tsx';

/** The configuration of a stream or a consumer, as JSON. */
export function ConfigurationPanel({ text }: { text: string }) {
  return (
    <section class="panel padded" aria-labelledby="configuration">
      <h2 id="configuration">Configuration on the server</h2>
      <Preformatted text={text} name="Configuration" />
    </section>
  );
}

/** The same for a shell. */
export function TerminalPanel({ commands }: { commands: readonly CommandView[] }) {
  return (
    <section class="panel padded" aria-labelledby="commands">
      <h2 id="commands">From the terminal</h2>
      <Commands commands={commands} />
    </section>
  );
}

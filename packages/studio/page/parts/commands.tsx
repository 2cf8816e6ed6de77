/** What a view shows, as a line for a shell. */
import { useRef, useState } from 'preact/hooks';
import type { CommandView } from '../../src/wire.ts';

/** Lines with a button each that copies it. */
export function Commands({ commands }: { commands: readonly CommandView[] }) {
  if (commands.length === 0) return null;
  return (
    <ul class="commands" aria-label="The same from the terminal">
      {commands.map(({ label, command }) => (
        <Command key={label} label={label} command={command} />
      ))}
    </ul>
  );
}

function Command({ label, command }: CommandView) {
  const code = useRef<HTMLElement>(null);
  const [said, say] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      say('copied');
    } catch {
      // Browsers give the clipboard to loopback and to HTTPS only: there the user copies by hand.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      say('selected: copy it with your keyboard');
    }
  };
  return (
    <li>
      <span class="label">{label}</span>
      <code ref={code}>
        {command.split(' ').flatMap((word, index) => [
          index > 0 ? ' ' : '',
          <span key={`${index} ${word}`} class="word">
            {word}
          </span>,
        ])}
      </code>
      <button type="button" class="button" onClick={copy}>
        Copy<span class="unseen"> the command for {label}</span>
      </button>
      <span class="quiet" role="status">
        {said}
      </span>
    </li>
  );
}

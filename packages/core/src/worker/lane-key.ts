import { JetlaneError, type Message } from '@jetlane/contracts';
import { shown } from '../printed.ts';

/**
 * The lane of a message.
 *
 * @throws whatever `laneOf` throws, or JetlaneError `HANDLER_FAILED` when it gives no text: without a key a message fails, as
 *   in a lane of its own it would lose its order
 */
export function laneKey(laneOf: (message: Message) => string, message: Message): string {
  const key: unknown = laneOf(message);
  if (typeof key === 'string') return key;
  throw new JetlaneError(
    'HANDLER_FAILED',
    `'orderBy' gave ${shown(key)} for ${message.type}; it must give a text, such as a subject token or String(id)`,
  );
}

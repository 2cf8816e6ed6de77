import type { EncodedMessage } from '@jetlane/contracts';

/** Takes the messages of a load, one after the other. */
export interface BulkWriter {
  /** Undefined while {@link write} may be called; else a promise of when to ask again. */
  room(): Promise<void> | undefined;
  /** Hands over one message. */
  write(message: EncodedMessage): void;
  /** Resolves when nothing that was written is on its way any more. */
  end(): Promise<void>;
}

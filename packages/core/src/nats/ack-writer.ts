/**
 * Writes acknowledgements together: those of one turn of the event loop, however many handlers ended in it, leave as one piece.
 * The NATS client would encode each by itself and write whenever the microtasks are done, which is after each handler that
 * awaited something: a system call a message here, and a read a message at the server.
 *
 * What waits here leaves before anything that is asked of the server on account of it: see `flush`. It holds no more
 * than `COUNT_MAX`. It reaches into the NATS client for the way to its outbound buffer; where that is not
 * there, the client writes each by itself.
 */
import type { NatsConnection } from '@nats-io/nats-core';

/** See the head of this file. */
export class AckWriter {
  readonly #write: (frames: string) => void;
  #frames = '';
  #count = 0;
  #due: NodeJS.Immediate | undefined;
  readonly #flush = () => this.flush();

  constructor(write: (frames: string) => void) {
    this.#write = write;
  }

  /** Acknowledges the message that has this reply subject, by the end of this turn of the event loop. */
  ack(reply: string): void {
    this.#frames += `PUB ${reply} 4\r\n+ACK\r\n`;
    if (++this.#count >= COUNT_MAX) this.flush();
    else this.#due ??= setImmediate(this.#flush);
  }

  /** Hands what waits here to the connection now. */
  flush(): void {
    if (this.#due !== undefined) clearImmediate(this.#due);
    this.#due = undefined;
    if (this.#count === 0) return;
    const frames = this.#frames;
    this.#frames = '';
    this.#count = 0;
    this.#write(frames);
  }
}

/** The writer for a connection; undefined where this NATS client keeps its outbound buffer elsewhere. */
export function ackWriter(nc: NatsConnection): AckWriter | undefined {
  const { protocol } = nc as { readonly protocol?: Protocol };
  if (typeof protocol?.sendCommand !== 'function') return undefined;
  return new AckWriter((frames) => protocol.sendCommand?.(frames));
}

const COUNT_MAX = 256;

/** What is needed of the inside of the NATS client. */
interface Protocol {
  sendCommand?(frames: string): void;
}

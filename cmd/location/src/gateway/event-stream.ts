/** Server-Sent Events as a socket: for browsers without WebSocket, and for proxies that let none through. */
import type { ServerResponse } from 'node:http';
import type { Socket } from './cell.ts';

const DATA = Buffer.from('data: ');
const BREAK = Buffer.from('\n\n');
/** For a page that was sent away to read why. */
const CLOSE_MS = 5000;

/** Writes to a response that has not begun; `onEnd` is called once, when the page is gone or was sent away. */
export class EventStream implements Socket {
  readonly #response: ServerResponse;
  #open = true;

  constructor(response: ServerResponse, onEnd: () => void) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no', // asks proxies not to gather
      'x-content-type-options': 'nosniff',
    });
    response.flushHeaders();
    response.once('close', () => {
      this.#open = false;
      onEnd();
    });
    response.on('error', () => {}); // `close` follows
  }

  get bufferedAmount(): number {
    return this.#response.writableLength;
  }

  send(text: Buffer): void {
    if (this.#open) this.#response.write(Buffer.concat([DATA, text, BREAK]));
  }

  /** Says why, and ends. One that was sent away because it does not read would never get as far as that: it is cut off. */
  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#response.end(`event: end\ndata: ${JSON.stringify({ code, reason })}\n\n`);
    const late = setTimeout(() => this.#response.destroy(), CLOSE_MS).unref();
    this.#response.once('close', () => clearTimeout(late));
  }
}

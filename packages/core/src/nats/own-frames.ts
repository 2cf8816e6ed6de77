/**
 * Messages written as the server reads them, without the NATS client in between, and handed to its socket. What that saves
 * is two checks of the subject, an array of five buffers for each message and their copy: about a microsecond.
 *
 * Frames are written one behind the other into a chunk of 64 KiB. At the end of the turn, or once there are 32 KiB, what is
 * new of it goes to the socket in one piece, behind whatever the client itself has to send. Once the socket has taken all of
 * a chunk it is written to again from its beginning: in the steady state there is one. No message holds on to a chunk: one
 * that is sent again is written again.
 *
 * This reaches into the inside of the NATS client, which may be another in another version. So the version has to be one
 * that this was tried with, and all that is touched has to be there; else `ClientFrames` does it.
 */
import { type EncodedMessage, wireHead } from '@jetlane/contracts';
import { InvalidArgumentError, InvalidSubjectError, type NatsConnection } from '@nats-io/nats-core';
import type { Frames } from './frames.ts';
import { headerBlock } from './header-block.ts';
import { KNOWN_CLIENTS } from './known-client.ts';

/** What is used of the inside of the NATS client. */
export interface Inside {
  readonly connected: boolean;
  readonly infoReceived: boolean;
  readonly info?: { readonly max_payload: number };
  readonly options: { readonly debug?: boolean };
  readonly outbound: { size(): number };
  readonly transport: { readonly version: string; readonly socket?: Socket };
  outMsgs: number;
  outBytes: number;
  flushPending(): void;
}

interface Socket {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  write(bytes: Uint8Array, written: () => void): boolean;
}

/** See the head of this file. */
export class OwnFrames implements Frames {
  readonly by = 'own';
  readonly #inside: Inside;
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.#send();
  };
  readonly #spare: Chunk[] = [];
  #chunk = this.#toChunk(CHUNK_BYTES);
  /** What was written from here on was not handed over. */
  #from = 0;
  #at = 0;
  #scheduled = false;

  constructor(inside: Inside) {
    this.#inside = inside;
  }

  /** The inside of a connection, if it is as it has to be. */
  static inside(nc: NatsConnection): Inside | undefined {
    const { protocol } = nc as { readonly protocol?: Partial<Inside> };
    const { transport, outbound, options } = protocol ?? {};
    const fits =
      KNOWN_CLIENTS.has(transport?.version ?? '') &&
      typeof transport?.socket?.write === 'function' &&
      typeof transport.socket.destroyed === 'boolean' &&
      typeof outbound?.size === 'function' &&
      typeof protocol?.flushPending === 'function' &&
      typeof protocol.info?.max_payload === 'number' &&
      protocol.connected === true &&
      protocol.infoReceived === true &&
      typeof protocol.outMsgs === 'number' &&
      typeof protocol.outBytes === 'number' &&
      options !== undefined &&
      options.debug !== true;
    return fits ? (protocol as Inside) : undefined;
  }

  write(message: EncodedMessage, reply: string): void {
    const { subject, payload } = message;
    const head = wireHead(message);
    const block = head === undefined ? headerBlock(message.headers).encode() : NO_BYTES;
    const headBytes = head === undefined ? block.length : head.length;
    const bytes = headBytes + payload.length;
    const { info } = this.#inside;
    if (info !== undefined && bytes > info.max_payload)
      throw InvalidArgumentError.format('payload', 'max_payload size exceeded');
    const line = `HPUB ${subject} ${reply} ${headBytes} ${bytes}\r\n`;
    const text = head === undefined ? line : line + head;
    const isAscii = !UNUSUAL.test(subject);
    if (!isAscii && (subject === '' || SPACE.test(subject))) throw new InvalidSubjectError(subject);
    const lengthMax = (isAscii ? text.length : text.length * 3) + block.length + payload.length + 2;
    if (this.#at + lengthMax > this.#chunk.bytes.length) this.#next(lengthMax);
    const to = this.#chunk.bytes;
    const before = this.#at;
    let at = before + to.write(text, before, isAscii ? 'latin1' : 'utf8');
    if (block.length > 0) {
      to.set(block, at);
      at += block.length;
    }
    to.set(payload, at);
    at += payload.length;
    to[at] = CR;
    to[at + 1] = LF;
    this.#at = at + 2;
    this.#inside.outMsgs++;
    this.#inside.outBytes += bytes;
    if (this.#at - this.#from >= FLUSH_BYTES) this.#send();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(this.#flush);
    }
  }

  #send(): void {
    const chunk = this.#chunk;
    const from = this.#from;
    if (this.#at === from) return;
    this.#from = this.#at;
    const { connected, infoReceived, outbound, transport } = this.#inside;
    const { socket } = transport;
    // The client would keep it and then drop it; whoever publishes writes it again when the connection is back.
    if (!connected || !infoReceived || socket === undefined) return;
    if (socket.destroyed || socket.writableEnded) return;
    if (outbound.size() > 0) this.#inside.flushPending();
    chunk.writing++;
    socket.write(chunk.bytes.subarray(from, this.#at), chunk.written);
  }

  /** Makes room for a frame of this length: in the same chunk, if the socket has all of it, or in another. */
  #next(length: number): void {
    this.#send();
    const left = this.#chunk;
    if (left.writing > 0 || length > left.bytes.length || left.bytes.length > CHUNK_BYTES) {
      left.isLeft = true;
      if (left.writing === 0) this.#keep(left);
      this.#chunk = (length <= CHUNK_BYTES && this.#spare.pop()) || this.#toChunk(length);
      this.#chunk.isLeft = false;
    }
    this.#from = 0;
    this.#at = 0;
  }

  /** Keeps a chunk for later, if it is one of many: a frame that needed a larger one is rare. */
  #keep(chunk: Chunk): void {
    if (chunk.bytes.length === CHUNK_BYTES && this.#spare.length < SPARE_MAX)
      this.#spare.push(chunk);
  }

  #toChunk(length: number): Chunk {
    const chunk: Chunk = {
      bytes: Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length)),
      writing: 0,
      isLeft: false,
      written: () => {
        if (--chunk.writing === 0 && chunk.isLeft) this.#keep(chunk);
      },
    };
    return chunk;
  }
}

interface Chunk {
  readonly bytes: Buffer;
  /** Pieces of it that the socket has and did not write yet. */
  writing: number;
  /** Whether another chunk is written to by now. */
  isLeft: boolean;
  readonly written: () => void;
}

const CHUNK_BYTES = 65_536;
const FLUSH_BYTES = 32_768;
/** Chunks that are kept for later. */
const SPARE_MAX = 16;
const NO_BYTES = new Uint8Array(0);
/** Not ASCII, or not one word. */
const UNUSUAL = /[^!-~]|^$/;
const SPACE = /[ \n\r\t]/;
const CR = 13;
const LF = 10;

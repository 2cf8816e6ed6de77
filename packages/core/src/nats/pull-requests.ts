/**
 * The pull requests that are open at the server, as seen from here: how many messages each may still bring.
 *
 * A delivered message does not say which request it belongs to, and the server fills open requests in turn. It is counted
 * on the oldest one: the sum, which is what limits how much is asked for, is exact. When a request ends the server says
 * how many messages it still owed, and what was counted on the wrong request moves to the others.
 */
export class PullRequests {
  #requests: Request[] = [];
  #number = 0;
  /** Requests before this one are over, whatever the server still says of them. */
  #droppedBelow = 0;

  /** How many requests are open. */
  get count(): number {
    return this.#requests.length;
  }

  /** How many messages may still come. */
  get left(): number {
    let left = 0;
    for (const request of this.#requests) left += request.left;
    return left;
  }

  /** How many bytes may still come; requests without a limit count for nothing. */
  get bytesLeft(): number {
    let left = 0;
    for (const { bytesLeft } of this.#requests) left += bytesLeft;
    return left;
  }

  /** Opens a request and gives its number. The server ends it before `dueMs`. */
  open(batch: number, dueMs: number, bytes = 0): number {
    this.#requests.push({ number: this.#number, left: batch, bytesLeft: bytes, dueMs });
    return this.#number++;
  }

  /** A message came. One that nothing was left for belonged to a request that is closed. */
  fill(bytes = 0): void {
    this.#takeBytes(bytes);
    this.#take(1);
  }

  /** The server ended a request. `owed` is how many messages and bytes it had not sent; undefined when it does not say. */
  close(number: number, owed?: number, owedBytes = 0): void {
    const ended = this.#requests.find((request) => request.number === number);
    this.#requests = this.#requests.filter((request) => request !== ended);
    // Of one that was dropped nothing is counted any more, here or on others.
    if (owed === undefined || number < this.#droppedBelow) return;
    const surplus = (ended?.left ?? 0) - owed;
    const [oldest] = this.#requests;
    if (surplus < 0) this.#take(-surplus);
    else if (oldest !== undefined) oldest.left += surplus;
    const surplusBytes = (ended?.bytesLeft ?? 0) - owedBytes;
    if (surplusBytes < 0) this.#takeBytes(-surplusBytes);
    else if (oldest !== undefined) oldest.bytesLeft += surplusBytes;
  }

  /** Drops what the server must have ended by now: word of it was lost. */
  expire(nowMs: number): void {
    for (const { number, dueMs } of this.#requests)
      if (dueMs <= nowMs) this.#droppedBelow = Math.max(this.#droppedBelow, number + 1);
    this.#requests = this.#requests.filter(({ dueMs }) => dueMs > nowMs);
  }

  /** Drops all: the server that held them is gone. */
  clear(): void {
    this.#requests = [];
    this.#droppedBelow = this.#number;
  }

  #takeBytes(bytes: number): void {
    let rest = bytes;
    for (const request of this.#requests) {
      const taken = Math.min(rest, request.bytesLeft);
      request.bytesLeft -= taken;
      rest -= taken;
      if (rest === 0) return;
    }
  }

  #take(count: number): void {
    for (let rest = count; rest > 0; ) {
      const [oldest] = this.#requests;
      if (oldest === undefined) return;
      const taken = Math.min(rest, oldest.left);
      rest -= taken;
      oldest.left -= taken;
      if (oldest.left === 0) this.#requests.shift();
    }
  }
}

interface Request {
  readonly number: number;
  left: number;
  bytesLeft: number;
  readonly dueMs: number;
}

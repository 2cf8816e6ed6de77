/**
 * Remembers keys for a while. Two generations instead of an ordered map: the older one is dropped as a whole, so that
 * remembering and forgetting cost the same however many keys there are.
 */
export class Recent<V> {
  #windowMs: number;
  #young = new Map<string, Remembered<V>>();
  #old = new Map<string, Remembered<V>>();
  #youngSinceMs = Number.NEGATIVE_INFINITY;

  /** @param windowMs how long a key is remembered */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** What was remembered under this key inside the window. */
  get(key: string, nowMs: number): V | undefined {
    const found = this.#young.get(key) ?? this.#old.get(key);
    return found !== undefined && nowMs - found.atMs < this.#windowMs ? found.value : undefined;
  }

  /** Remembers a key from now on. */
  set(key: string, value: V, nowMs: number): void {
    if (nowMs - this.#youngSinceMs >= this.#windowMs) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngSinceMs = nowMs;
    }
    this.#young.set(key, { value, atMs: nowMs });
  }

  /** Forgets a key. */
  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Changes how long keys are remembered, those already known included as far as they are still here. */
  resize(windowMs: number): void {
    this.#windowMs = windowMs;
  }
}

interface Remembered<V> {
  readonly value: V;
  readonly atMs: number;
}

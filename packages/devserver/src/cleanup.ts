/**
 * What has to be undone when a run ends (servers, processes, directories), in the opposite order, whatever happened before.
 */

/** A list of things to undo. */
export interface Cleanup {
  /** Puts one more on the list. */
  add(undo: () => Promise<void>): void;
  /** Undoes all, last first; one that fails does not keep the others, and its error is passed on. */
  run(onError: (error: unknown) => void): Promise<void>;
}

/**
 * An empty list. (Node 20 has no AsyncDisposableStack.)
 *
 * @example
 * const undo = cleanup();
 * const server = await startServer();
 * undo.add(() => server.stop());
 * await undo.run((error) => console.error(error));
 */
export function cleanup(): Cleanup {
  const undos: (() => Promise<void>)[] = [];
  return {
    add: (undo) => void undos.push(undo),
    async run(onError) {
      for (let undo = undos.pop(); undo; undo = undos.pop()) {
        try {
          await undo();
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}

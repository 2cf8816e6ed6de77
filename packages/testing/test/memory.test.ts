import { type MemoryClient, memory } from '@jetlane/core';
import { conformance, type WorldClientOptions } from '@jetlane/testing';

conformance({
  name: 'memory',
  size: 'full',
  clients: 'one',
  restarts: false,
  async open() {
    let made: MemoryClient | undefined;
    const client = (options: WorldClientOptions = {}) => {
      made ??= memory(options);
      return made;
    };
    return {
      client: async (options) => client(options),
      inject: async (subject, payload, headers) => {
        await client().inject(subject, payload, headers);
      },
      deadLetters: async () => client().deadLetters,
      close: () => client().close(),
    };
  },
});

import { memory } from '@jetlane/core';
import { conformance } from '@jetlane/testing';

conformance({
  name: 'memory',
  size: 'full',
  clients: 'one',
  restarts: false,
  async open() {
    const client = memory();
    return {
      client: async () => client,
      inject: async (subject, payload, headers) => {
        await client.inject(subject, payload, headers);
      },
      deadLetters: async () => client.deadLetters,
      close: () => client.close(),
    };
  },
});

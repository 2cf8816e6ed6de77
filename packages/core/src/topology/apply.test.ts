import { describe, expect, it } from 'vitest';
import type { Admin } from './admin.ts';
import { apply } from './apply.ts';
import type { Change } from './change.ts';

/** A server that answers whatever is asked with the same stream. */
function serverWith(config: object, version = '2.10.0'): Admin {
  const reply = { json: () => ({ config, state: { messages: 0 } }) };
  return {
    nc: { info: { version }, request: async () => reply },
    jsm: { getOptions: () => ({}) },
  } as unknown as Admin;
}

function creation(config: Record<string, unknown>): Change {
  return {
    kind: 'stream',
    name: 'ORDERS',
    action: 'create',
    fields: [],
    destructive: false,
    why: 'it does not exist',
    config: { name: 'ORDERS', ...config },
  };
}

describe('apply', () => {
  it('says which version is needed when a server ignores an option', async () => {
    const changes = [creation({ allow_direct: true, allow_msg_ttl: true })];
    const admin = serverWith({ name: 'ORDERS', allow_direct: true });
    await expect(apply(admin, { changes, warnings: [] })).rejects.toMatchObject({
      code: 'SERVER_UNSUPPORTED',
      message:
        'nats-server 2.10.0 ignored allow_msg_ttl on stream ORDERS: Jetlane needs nats-server 2.14 or later',
    });
  });

  it('asks for nothing when a part is forbidden', async () => {
    let asked = 0;
    const admin = { nc: { request: () => asked++ } } as unknown as Admin;
    const changes: Change[] = [
      creation({}),
      {
        ...creation({}),
        name: 'CARDS',
        action: 'forbidden',
        why: 'it is not ours',
        advice: 'rename it',
      },
    ];
    await expect(
      apply(admin, { changes, warnings: [] }, { allowDestructive: true }),
    ).rejects.toThrow(
      /forbidden stream CARDS: it is not ours \(rename it\)\nNothing was changed\.$/,
    );
    expect(asked).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { AckWriter } from './ack-writer.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function writer() {
  const written: string[] = [];
  return { acks: new AckWriter((frames) => written.push(frames)), written };
}

describe('acknowledgements', () => {
  it('of one turn leave together, in the order given, at its end', async () => {
    const { acks, written } = writer();
    acks.ack('a');
    await Promise.resolve();
    acks.ack('b');
    expect(written).toEqual([]);
    await turn();
    expect(written).toEqual(['PUB a 4\r\n+ACK\r\nPUB b 4\r\n+ACK\r\n']);
  });

  it('leave at once when asked to, and once only', async () => {
    const { acks, written } = writer();
    acks.ack('a');
    acks.flush();
    acks.flush();
    await turn();
    expect(written).toEqual(['PUB a 4\r\n+ACK\r\n']);
  });

  it('go on in the next turn', async () => {
    const { acks, written } = writer();
    acks.ack('a');
    await turn();
    acks.ack('b');
    await turn();
    expect(written).toHaveLength(2);
  });

  it('do not wait for the end of the turn when there are many', () => {
    const { acks, written } = writer();
    for (let count = 0; count < 1_000; count++) acks.ack(`m-${count}`);
    expect(written).toHaveLength(3);
    expect(written.join('').split('+ACK').length - 1).toBe(768);
  });
});

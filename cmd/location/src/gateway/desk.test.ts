import { describe, expect, it } from 'vitest';
import { desk, readQuestion } from './desk.ts';
import { trails } from './trails.ts';
import { Viewers } from './viewers.ts';

class FakeSocket {
  bufferedAmount = 0;
  readonly sent: { kind: string; [field: string]: unknown }[] = [];
  closed: [number, string] | undefined;
  send(text: Buffer): void {
    this.sent.push(JSON.parse(text.toString()));
  }
  close(code: number, reason: string): void {
    this.closed = [code, reason];
  }
}

function office() {
  const viewers = new Viewers();
  const asks = desk({
    viewers,
    trails: trails(() => Promise.resolve([])),
    cellsIn: () => ({ cells: ['north'], words: 'it is smaller' }),
    build: 'b-1',
    greeting: () => [{ kind: 'surge', cells: [] }],
  });
  const socket = new FakeSocket();
  return { asks, viewers, socket, page: asks.greet(socket) };
}

describe('the desk', () => {
  it('greets with its build, the name of the session and what is known', () => {
    const { socket, page, asks } = office();
    expect(socket.sent).toEqual([
      { kind: 'hello', build: 'b-1', session: page.session },
      { kind: 'surge', cells: [] },
    ]);
    expect(asks.find(page.session)).toBe(page);
  });

  it('answers views, times and trails', async () => {
    const { socket, page } = office();
    page.hear('{"ask":"view","west":0,"east":1,"south":0,"north":1}');
    expect(socket.sent.at(-1)).toMatchObject({ kind: 'scope', cells: 1, words: 'it is smaller' });
    page.hear('{"ask":"time","at":12}');
    expect(socket.sent.at(-1)).toMatchObject({ kind: 'time', at: 12 });
    page.hear('{"ask":"trail","of":"driver","id":"d-1"}');
    await expect.poll(() => socket.sent.at(-1)).toMatchObject({ kind: 'trail', id: 'd-1' });
  });

  it('sends away a page that says what is no question, counts it, and forgets it', () => {
    const { asks, viewers, socket, page } = office();
    page.hear('{"ask":"everything"}');
    page.hear('{"ask":"time","at":1}');
    expect(socket.closed).toEqual([1008, 'what this page asked is not known here: reload it']);
    expect([asks.refused, viewers.count, asks.find(page.session)]).toEqual([1, 0, undefined]);
  });

  it('sends away a page that asks without end', () => {
    const { asks, socket, page } = office();
    for (let i = 0; i < 200; i++) page.hear('{"ask":"trail-end"}');
    expect(socket.closed?.[1]).toContain('too much');
    expect(asks.refused).toBe(1);
  });

  it('knows a question when it sees one', () => {
    const nonsense = [
      '{',
      '[]',
      'null',
      '7',
      '{"ask":"view","west":"a"}',
      '{"ask":"view","west":1,"east":1,"south":1}',
      '{"ask":"view","west":1e999,"east":1,"south":1,"north":1}',
      '{"ask":"time"}',
      '{"ask":"trail","of":"driver","id":"*"}',
      '{"ask":"trail","of":"stream","id":"d-1"}',
      `{"ask":"trail-end","${'x'.repeat(5000)}":1}`,
      Buffer.from('{"ask":"trail-end"}'),
    ];
    for (const data of nonsense) expect(readQuestion(data)).toBeUndefined();
    expect(readQuestion('{"ask":"trail-end"}')).toEqual({ ask: 'trail-end' });
  });
});

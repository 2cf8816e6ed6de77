import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { screen } from './screen.ts';

function output(isTTY: boolean) {
  let text = '';
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 60, rows: 20 });
  stream.on('data', (data: Buffer) => {
    text += data.toString();
  });
  const take = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    const taken = text;
    text = '';
    return taken;
  };
  return {
    stream,
    take,
    shown: screen(stream as unknown as NodeJS.WriteStream, { silent: false }),
  };
}

describe('the screen of a run', () => {
  it('prints lines where there is no terminal, the figures only now and then', async () => {
    const { shown, take } = output(false);
    shown.busy('starting');
    shown.say('it is at a');
    shown.show(() => ['a table'], 'a line of figures');
    expect(await take()).toBe('it is at a\n');
    expect(shown.view).toMatchObject({ columns: undefined, rows: undefined });
  });

  it('keeps one table on a terminal, below what is said, and makes it anew for another size', async () => {
    const { shown, stream, take } = output(true);
    const table = ({ columns }: { columns: number | undefined }) => [`${columns} wide`];
    shown.show(table, '');
    expect(await take()).toContain('60 wide');
    shown.say('note');
    expect(await take()).toMatch(/note.*60 wide/s);
    stream.columns = 30;
    stream.emit('resize');
    expect(await take()).toContain('30 wide');
    shown.clear();
    await take();
    shown.say('the end');
    expect(await take()).toBe('the end\n');
  });

  it('takes away what it was at when something is said', async () => {
    const { shown, take } = output(true);
    shown.busy('starting the services');
    expect(await take()).toContain('starting the services');
    shown.say('it is at a');
    const text = await take();
    expect(text).toContain('it is at a');
    expect(text.slice(text.indexOf('it is at a'))).not.toContain('starting');
  });

  it('shows nothing when it is silent', async () => {
    const { stream, take } = output(true);
    const silent = screen(stream as unknown as NodeJS.WriteStream, { silent: true });
    silent.say('a');
    silent.busy('b');
    silent.show(() => ['c'], 'd');
    expect(await take()).toBe('');
  });
});

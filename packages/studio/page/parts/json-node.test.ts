import { describe, expect, it } from 'vitest';
import { readJson } from './json-node.ts';

describe('JSON as a tree', () => {
  it('has every digit of every number', () => {
    const tree = readJson('{ "id": 9007199254740993, "price": 1.10, "list": [-1e400, 0] }');
    expect(tree).toEqual({
      kind: 'fields',
      entries: [
        { name: 'id', node: { kind: 'number', text: '9007199254740993' } },
        { name: 'price', node: { kind: 'number', text: '1.10' } },
        {
          name: 'list',
          node: {
            kind: 'list',
            entries: [
              { name: '0', node: { kind: 'number', text: '-1e400' } },
              { name: '1', node: { kind: 'number', text: '0' } },
            ],
          },
        },
      ],
    });
  });

  it('keeps fields in their order, and those that come twice', () => {
    const tree = readJson('{"b":1,"2":2,"1":3,"b":4}');
    const entries = tree && 'entries' in tree ? tree.entries : [];
    expect(entries.map(({ name }) => name)).toEqual(['b', '2', '1', 'b']);
  });

  it('is not misled by what stands in texts', () => {
    const text = '"}, [\\"1\\": \\\\';
    expect(readJson(`{"${'{:,'}":${text}"}`)).toEqual({
      kind: 'fields',
      entries: [{ name: '{:,', node: { kind: 'text', text: `${text}"` } }],
    });
  });

  it('shows what is empty, and values without a structure', () => {
    expect(readJson('{"a":{},"b":[]}')).toEqual({
      kind: 'fields',
      entries: [
        { name: 'a', node: { kind: 'fields', entries: [] } },
        { name: 'b', node: { kind: 'list', entries: [] } },
      ],
    });
    expect(readJson(' null ')).toEqual({ kind: 'word', text: 'null' });
    expect(readJson('17')).toEqual({ kind: 'number', text: '17' });
  });

  it('is none where the text is none', () => {
    for (const text of ['', '{', '{"a":}', '[1,]', 'hello']) expect(readJson(text)).toBeUndefined();
  });
});

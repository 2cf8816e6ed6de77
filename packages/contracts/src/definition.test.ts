import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { command, event, internalsOf, isDefinition } from './definition.ts';
import { definitionOf, idGiven, isOutgoing } from './outgoing.ts';

const V1 = z.object({ orderId: z.string(), total: z.number() });
const OrderPlaced = event('OrderPlaced', { subject: 'orders.placed.{orderId}', schema: V1 });

describe('a definition', () => {
  test('says what it is', () => {
    expect({ ...OrderPlaced, name: OrderPlaced.name }).toMatchObject({
      kind: 'event',
      name: 'OrderPlaced',
      type: 'OrderPlaced',
      subject: 'orders.placed.{orderId}',
      version: 1,
    });
    expect(OrderPlaced.schema).toBe(V1);
    expect(Object.isFrozen(OrderPlaced)).toBe(true);
    expect(isDefinition(OrderPlaced)).toBe(true);
    expect(isDefinition(() => {})).toBe(false);
  });

  test('builds messages without validating, each with an id of its own', () => {
    const message = OrderPlaced({ orderId: 1 } as never);
    expect(message).toMatchObject({ type: 'OrderPlaced', data: { orderId: 1 } });
    expect(message.id).toMatch(/^[0-9A-Za-z]{21,26}$/);
    expect(OrderPlaced({ orderId: 'a', total: 1 }).id).not.toBe(message.id);
    expect(isOutgoing(message)).toBe(true);
    expect(isOutgoing({ type: 'OrderPlaced', data: {} })).toBe(false);
    expect(definitionOf(message)).toBe(OrderPlaced);
  });

  test('knows whether the caller chose the id', () => {
    const data = { orderId: 'o-1', total: 1 };
    expect(idGiven(OrderPlaced(data))).toBe(false);
    const given = OrderPlaced(data, { id: 'x', ttl: '5s', headers: { a: 'b' } });
    expect(idGiven(given)).toBe(true);
    expect(given).toMatchObject({ id: 'x', ttl: '5s', headers: { a: 'b' } });
  });

  test('takes any Standard Schema', () => {
    const subject = 'a.{id}';
    const valibot = event('A', { subject, schema: v.object({ id: v.string() }) });
    const arktype = command('B', { subject, schema: type({ id: 'string' }) });
    expect(valibot({ id: '1' }).data).toEqual({ id: '1' });
    expect(arktype.kind).toBe('command');
  });

  test('lists everything that is wrong with it at once', () => {
    expect(() =>
      event('9 lives' as string, { subject: 'a.*.{x' as never, schema: {} as never }),
    ).toThrowError(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(
          /^event "9 lives" has 4 problems:[\s\S]*its name[\s\S]*wildcard "\*"[\s\S]*"\{x"[\s\S]*schema must be a Standard Schema/,
        ),
      }),
    );
    const misspelt = { subject: 'a.b', schema: V1, schemas: V1, retention: 'limits' };
    for (const define of [event, command])
      expect(() => define('A', misspelt as never)).toThrowError(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: expect.stringMatching(
            /has 2 problems:[\s\S]*schemas is no option: did you mean schema\?[\s\S]*retention is no option: options are subject, schema/,
          ),
        }),
      );
    expect(() => event('A', undefined as never)).toThrowError(/it needs \{ subject, schema \}/);
    expect(() => event('A', { subject: 'a', schema: null as never })).toThrowError(/not null/);
  });
});

describe('upcast', () => {
  const V2 = V1.extend({ currency: z.string() });
  const Next = OrderPlaced.upcast(V2, (old) => ({ ...old, currency: 'EUR' }));

  test('adds a version and leaves the old definition as it was', () => {
    expect(Next.version).toBe(2);
    expect(Next.schema).toBe(V2);
    expect(internalsOf(Next).dataSchema).toBe('jetlane:OrderPlaced/2');
    expect(internalsOf(Next).steps.map((step) => step.schema)).toEqual([V1, V2]);
    expect(OrderPlaced.version).toBe(1);
  });

  test('refuses a step without schema or function', () => {
    expect(() => OrderPlaced.upcast(5 as never, 6 as never)).toThrowError(
      /to version 2 has 2 problems:[\s\S]*the new schema must be[\s\S]*migrate must be a function/,
    );
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memory } from '@jetlane/core';
import { billing } from '../src/billing.ts';
import { OrderBilled, OrderPlaced } from '../src/contracts.ts';

test('an order that is placed is billed', async () => {
  const client = memory(); // the same behaviour as a server, in this process
  await client.start(billing);
  await client.publish(OrderPlaced({ orderId: 'o-1', customerId: 'c-1', total: 42 }));
  await client.idle();
  const billed = client.stored.filter(({ type }) => type === OrderBilled.type);
  assert.deepEqual(billed[0]?.data, { orderId: 'o-1', customerId: 'c-1', amount: 42 });
  await client.close();
});

test('an order over the limit becomes a dead letter', async () => {
  const client = memory();
  await client.start(billing);
  await client.publish(OrderPlaced({ orderId: 'o-2', customerId: 'c-1', total: 5000 }));
  await client.idle();
  assert.equal(client.deadLetters.length, 1);
  const [letter] = await client.deadLetters.summary();
  assert.match(letter?.error ?? '', /over the limit/);
  await client.close();
});

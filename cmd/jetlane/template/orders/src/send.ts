/** Places orders: ten, or as many as you say: `npm run send -- 100`. */
import { randomUUID } from 'node:crypto';
import { connect } from '@jetlane/core';
import { OrderPlaced, Orders } from './contracts.ts';

const count = Number(process.argv[2] ?? 10);

const client = await connect(); // NATS_URL, else nats://127.0.0.1:4222
await client.start(Orders); // makes the stream, where it is not there
for (let number = 1; number <= count; number++) {
  const total = number % 10 === 0 ? 5000 : number; // one in ten cannot be billed
  const order = { orderId: randomUUID(), customerId: `c-${number % 3}`, total };
  await client.publish(OrderPlaced(order)); // resolves once it is stored
}
console.log(`${count} orders are placed`);
await client.close();

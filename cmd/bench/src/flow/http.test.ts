import { afterAll, expect, it } from 'vitest';
import { call, closeConnections, type HttpService, serveHttp } from './http.ts';
import { toOrder } from './order.ts';

const services: HttpService[] = [];
const policy = { timeoutMs: 5_000, retries: 2 };

afterAll(() => {
  closeConnections();
  for (const service of services) service.close();
});

it('an order arrives as it was sent, and the status comes back', async () => {
  const seen: unknown[] = [];
  const { url } = await started(async (order) => {
    seen.push(order);
    return 201;
  });
  expect(await call(url, toOrder(7, 123), policy)).toBe(201);
  expect(seen).toEqual([toOrder(7, 123)]);
});

it('a service that fails is asked again, as often as the policy says', async () => {
  let asked = 0;
  const { url } = await started(async () => (++asked < 3 ? 503 : 200));
  expect(await call(url, toOrder(1, 0), policy)).toBe(200);
  asked = -10;
  await expect(call(url, toOrder(1, 0), policy)).rejects.toThrow('failed 3 times');
  expect(asked).toBe(-7);
});

it('a service that throws has failed, and one that is silent too', async () => {
  const throwing = await started(async () => {
    throw new Error('no');
  });
  await expect(call(throwing.url, toOrder(1, 0), { ...policy, retries: 0 })).rejects.toThrow();
  const silent = await started(() => new Promise(() => {}));
  await expect(call(silent.url, toOrder(1, 0), { timeoutMs: 50, retries: 0 })).rejects.toThrow(
    'failed 1 times',
  );
});

async function started(handle: Parameters<typeof serveHttp>[0]): Promise<HttpService> {
  const service = await serveHttp(handle);
  services.push(service);
  return service;
}

/** The conformance suite on a nats-server in a container, where an engine for containers is. */
import { connect } from '@jetlane/core';
import { conformance } from '@jetlane/testing';
import {
  containerObstacle,
  type NatsContainer,
  startNatsContainer,
} from '@jetlane/testing/containers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NatsProbe } from './nats-probe.ts';
import { natsWorld } from './nats-world.ts';

const switchedOff = process.env['JETLANE_TEST_DOCKER'] === '0';
const obstacle = switchedOff ? 'JETLANE_TEST_DOCKER is 0' : await containerObstacle();
const PULL_MS = 180_000;

if (obstacle === undefined) suite();
else skipped(obstacle);

/** The reason is part of the name, so a run without Docker says it. */
function skipped(reason: string): void {
  // skipped: no engine for containers here, or not wanted
  it.skip(`conformance of nats in a container (skipped: ${reason})`, () => {});
}

function suite(): void {
  let server: NatsContainer;
  let probe: NatsProbe;

  beforeAll(async () => {
    server = await startNatsContainer({ monitor: true });
    probe = await NatsProbe.open(server.url);
  }, PULL_MS);

  afterAll(async () => {
    await probe?.close();
    await server?.stop();
  });

  describe('by itself', () => {
    it('serves its monitoring pages, where its clients find it', async () => {
      const { hostname } = new URL(server.url);
      expect(server.monitorUrl).toMatch(new RegExp(`^http://${hostname}:\\d+$`));
      expect((await fetch(`${server.monitorUrl}/healthz`)).status).toBe(200);
      expect(server.version).toMatch(/^2\.\d+\.\d+/);
    });

    it('keeps its streams and its address when it is killed and started again', async () => {
      const { url } = server;
      await server.kill();
      await server.kill(); // again is fine
      await expect(connect({ servers: url })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      await server.restart();
      expect(server.url).toBe(url);
      await using client = await connect({ servers: url });
      expect(client).toBeDefined();
    });

    it('freezes, and goes on', async () => {
      await server.pause();
      const signal = AbortSignal.timeout(1_000);
      await expect(fetch(`${server.monitorUrl}/healthz`, { signal })).rejects.toThrow('timeout');
      await server.resume();
      expect((await fetch(`${server.monitorUrl}/healthz`)).status).toBe(200);
    });

    it('says what nats-server wrote when it does not start', async () => {
      const start = startNatsContainer({ config: 'max_payload: "much"', timeoutMs: 20_000 });
      await expect(start).rejects.toMatchObject({ code: 'SERVER_START_FAILED' });
      await expect(start).rejects.toThrow(/it wrote: .*jetlane\.conf/);
    });
  });

  conformance({
    name: 'nats in a container',
    size: 'full',
    clients: 'many',
    restarts: true,
    open: async () => natsWorld(server, probe),
  });
}

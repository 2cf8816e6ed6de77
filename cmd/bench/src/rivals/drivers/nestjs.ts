/**
 * The NestJS transport @horizon-republic/nestjs-jetstream as its README shows: JetstreamServerModule with an @EventPattern on one
 * side, JetstreamClientModule and `emit` on the other. It has no options beyond a name and servers. Decorators are called
 * as the functions that they are. https://github.com/HorizonRepublic/nestjs-jetstream#readme
 */
import { open } from '@jetlane/core';
import type { Position } from '../../measure/position.ts';
import { load } from '../packages.ts';
import type { Driver, Place, Rival, Sender } from '../rival.ts';

export const nestjs: Rival = {
  id: 'nestjs-jetstream',
  title: 'nestjs-jetstream (NestJS)',
  broker: 'nats',
  packages: ['@horizon-republic/nestjs-jetstream', '@nestjs/core', '@nestjs/microservices', 'nats'],
  durability:
    'JetStream file storage, R1, default sync_interval; but emit() does not wait for the confirmation, and a handler’s event is acked when it first emits',
  how: 'emit as it comes; @EventPattern handler, its 100 unacked at most; its own JSON',
  lacks: { publish: 'emit() does not tell when, or whether, the stream has stored the event' },
  open: driver,
};

interface Transport {
  readonly JetstreamServerModule: { forRoot(options: Naming): unknown };
  readonly JetstreamClientModule: { forFeature(options: Naming): unknown };
  getJetStreamTransportToken(name: string): string;
}

interface Naming {
  readonly name: string;
  readonly servers: readonly string[];
}

type Decorate = (...target: readonly unknown[]) => void;

interface NestCommon {
  Module(metadata: object): Decorate;
  Controller(): Decorate;
}

interface NestMicroservices {
  EventPattern(pattern: string): Decorate;
  Payload(): Decorate;
}

interface NestCore {
  readonly NestFactory: {
    createMicroservice(module: unknown, options: object): Promise<Microservice>;
    createApplicationContext(module: unknown, options: object): Promise<Context>;
  };
}

interface Context {
  get<Provided>(token: string): Provided;
  close(): Promise<void>;
}

interface Microservice extends Context {
  listen(): Promise<unknown>;
}

interface ClientProxy {
  connect(): Promise<{ flush(): Promise<void> }>;
  emit(
    pattern: string,
    data: Position,
  ): { subscribe(observer: { complete(): void; error(error: unknown): void }): unknown };
}

const PATTERN = 'position';
const BURST_MAX = 250;
const QUIET = { logger: ['error', 'warn'] };

async function driver({ address, name }: Place): Promise<Driver> {
  await load('reflect-metadata');
  const transport = await load<Transport>('@horizon-republic/nestjs-jetstream');
  const naming = { name, servers: [address] };
  const apps: Context[] = [];
  const serve = async (onPosition: (position: Position) => void) => {
    const app = await microservice(transport, naming, onPosition);
    apps.push(app);
    await app.listen();
    return app;
  };
  return {
    // The server half makes the streams and consumers as it starts.
    async prepare() {
      await (await serve(() => {})).close();
      apps.pop();
    },
    async remove() {
      const { nc, jsm } = await open({ servers: address });
      for (const kind of ['ev', 'cmd'])
        await jsm.streams.delete(`${name}__microservice_${kind}-stream`).catch(() => false);
      await nc.close();
    },
    async sender() {
      const context = await clientContext(transport, naming);
      apps.push(context);
      return toSender(context.get<ClientProxy>(name));
    },
    receiver: async (onPosition) => void (await serve(onPosition)),
    async close() {
      for (const app of apps) await app.close();
    },
  };
}

async function toSender(client: ClientProxy): Promise<Sender> {
  const connection = await client.connect();
  const emit = (position: Position) =>
    new Promise<void>((resolve, reject) => {
      client.emit(PATTERN, position).subscribe({ complete: resolve, error: reject });
    });
  return {
    batchMax: BURST_MAX,
    callsMax: 1,
    send: (positions) => Promise.all(positions.map(emit)),
    // All that tells when the server has read them.
    flush: () => connection.flush(),
  };
}

async function microservice(
  { JetstreamServerModule, getJetStreamTransportToken }: Transport,
  naming: Naming,
  onPosition: (position: Position) => void,
): Promise<Microservice> {
  const { Module, Controller } = await load<NestCommon>('@nestjs/common');
  const { EventPattern, Payload } = await load<NestMicroservices>('@nestjs/microservices');
  const { NestFactory } = await load<NestCore>('@nestjs/core');
  class Positions {
    moved(position: Position): void {
      onPosition(position);
    }
  }
  const { prototype } = Positions;
  Payload()(prototype, 'moved', 0);
  EventPattern(PATTERN)(prototype, 'moved', Object.getOwnPropertyDescriptor(prototype, 'moved'));
  Controller()(Positions);
  class Service {}
  Module({ imports: [JetstreamServerModule.forRoot(naming)], controllers: [Positions] })(Service);
  return NestFactory.createMicroservice(Service, {
    ...QUIET,
    useFactory: (transport: unknown) => transport,
    inject: [getJetStreamTransportToken(naming.name)],
  });
}

async function clientContext(
  { JetstreamClientModule }: Transport,
  naming: Naming,
): Promise<Context> {
  const { Module } = await load<NestCommon>('@nestjs/common');
  const { NestFactory } = await load<NestCore>('@nestjs/core');
  class Client {}
  Module({ imports: [JetstreamClientModule.forFeature(naming)] })(Client);
  return NestFactory.createApplicationContext(Client, QUIET);
}

/** Streams and consumers: lists in pages, and one with its configuration. */
import { quoted, toPrettyText } from '../messages/json-text.ts';
import { consumerCommands, streamCommands } from '../messages/shell-command.ts';
import type { ConsumerInfo, Nats, StreamInfo } from '../nats.ts';
import { compareConsumers, viewConsumer } from '../snapshot/consumer-row.ts';
import { readConsumer, readConsumers, readStream } from '../snapshot/read-lists.ts';
import { placeOf } from '../snapshot/stream-place.ts';
import { viewStream } from '../snapshot/stream-row.ts';
import { commandTarget, type StudioContext, type Surroundings } from '../surroundings.ts';
import type { ConsumerDetail, ConsumerRow, Gap, Page, StreamDetail, StreamRow } from '../wire.ts';
import { queryOf } from './answer.ts';

/** `api/streams`. */
export async function listStreams(
  context: StudioContext,
  { nats, apps }: Surroundings,
): Promise<Page<StreamRow>> {
  const query = queryOf(context, ['q', 'offset', 'limit']);
  const { q, offset, limit } = pageOf(query);
  query.done();
  const view = (info: StreamInfo) =>
    viewStream(info, placeOf(info.config), { apps, consumers: [] });
  if (q === undefined) {
    const { items, total } = await readFrom<StreamInfo>(nats, 'STREAM.LIST', 'streams', offset);
    return { items: items.slice(0, limit).map(view), offset, total, gaps: [] };
  }
  const { names, gaps } = await namesWith(nats, 'STREAM.NAMES', 'streams', q);
  const wanted = names.slice(offset, offset + limit);
  const found = await Promise.all(
    wanted.map((name) => readStream(nats, name).catch(() => undefined)),
  );
  const items = found.filter((info) => info !== undefined).map(view);
  return { items, offset, total: names.length, gaps };
}

/** `api/stream`. */
export async function showStream(
  context: StudioContext,
  { nats, apps }: Surroundings,
): Promise<StreamDetail> {
  const query = queryOf(context, ['stream']);
  const name = query.requiredName('stream');
  query.done();
  const info = await readStream(nats, name);
  const place = placeOf(info.config);
  const consumers: readonly ConsumerInfo[] =
    info.state.consumer_count === 0 ? [] : (await readConsumers(nats, name, CONSUMERS_MAX)).items;
  const rows = consumers.map((consumer) => viewConsumer(consumer, place, apps));
  return {
    stream: viewStream(info, place, { apps, consumers: rows.sort(compareConsumers) }),
    created: info.created,
    configText: toPrettyText(info.config),
    messages: apps.typesOn(place.reads),
    commands: streamCommands(commandTarget(nats), name),
  };
}

/** `api/consumers`. */
export async function listConsumers(
  context: StudioContext,
  { nats, apps }: Surroundings,
): Promise<Page<ConsumerRow>> {
  const query = queryOf(context, ['stream', 'q', 'offset', 'limit']);
  const stream = query.requiredName('stream');
  const { q, offset, limit } = pageOf(query);
  query.done();
  const place = placeOf((await readStream(nats, stream)).config);
  const view = (info: ConsumerInfo) => viewConsumer(info, place, apps);
  if (q === undefined) {
    const path = `CONSUMER.LIST.${stream}`;
    const { items, total } = await readFrom<ConsumerInfo>(nats, path, 'consumers', offset);
    return { items: items.slice(0, limit).map(view), offset, total, gaps: [] };
  }
  const path = `CONSUMER.NAMES.${stream}`;
  const { names, gaps } = await namesWith(nats, path, 'consumers', q);
  const wanted = names.slice(offset, offset + limit);
  const found = await Promise.all(
    wanted.map((name) => readConsumer(nats, stream, name).catch(() => undefined)),
  );
  const items = found.filter((info) => info !== undefined).map(view);
  return { items, offset, total: names.length, gaps };
}

/** `api/consumer`. */
export async function showConsumer(
  context: StudioContext,
  { nats, apps }: Surroundings,
): Promise<ConsumerDetail> {
  const query = queryOf(context, ['stream', 'consumer']);
  const stream = query.requiredName('stream');
  const consumer = query.requiredName('consumer');
  query.done();
  const [{ config }, info] = await Promise.all([
    readStream(nats, stream),
    readConsumer(nats, stream, consumer),
  ]);
  return {
    consumer: viewConsumer(info, placeOf(config), apps),
    created: info.created,
    configText: toPrettyText(info.config),
    deliveredSeq: info.delivered.stream_seq,
    ackFloorSeq: info.ack_floor.stream_seq,
    commands: consumerCommands(commandTarget(nats), { stream, consumer }),
  };
}

const CONSUMERS_MAX = 256;
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 100;
const Q_MAX = 255;
/** Names that are looked at for a `q`. */
const NAMES_MAX = 20_000;
const NAMES_PAGES_MAX = 32;

function pageOf(query: ReturnType<typeof queryOf>) {
  return {
    q: query.text('q', Q_MAX)?.toLowerCase(),
    offset: query.whole('offset', 0) ?? 0,
    limit: query.whole('limit', 1, LIMIT_MAX) ?? LIMIT_DEFAULT,
  };
}

/** One page as the server gives it: more than any of ours. */
async function readFrom<T>(
  nats: Nats,
  path: string,
  field: 'streams' | 'consumers',
  offset: number,
): Promise<{ readonly items: readonly T[]; readonly total: number }> {
  const page = await nats.ask<{ total: number } & Record<string, unknown>>(path, { offset });
  return { items: (page[field] as T[] | null) ?? [], total: page.total };
}

/** Names with a text in them, whatever their case. */
async function namesWith(
  nats: Nats,
  path: string,
  field: 'streams' | 'consumers',
  q: string,
): Promise<{ readonly names: readonly string[]; readonly gaps: readonly Gap[] }> {
  const names: string[] = [];
  let looked = 0;
  for (let pages = 0; pages < NAMES_PAGES_MAX && looked < NAMES_MAX; pages++) {
    const { items, total } = await readFrom<string>(nats, path, field, looked);
    names.push(...items.filter((name) => name.toLowerCase().includes(q)));
    looked += items.length;
    if (items.length === 0 || looked >= total) return { names, gaps: [] };
  }
  const words = `Only the first ${looked} names were looked at: give more of the name.`;
  return { names, gaps: [{ what: `other names with ${quoted(q)}`, code: 'LIMIT', words }] };
}

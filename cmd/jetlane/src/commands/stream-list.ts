import type { Connection } from '@jetlane/core';
import type { ConsumerInfo } from '@nats-io/jetstream';
import type { Io } from '../io.ts';
import { compareNames, inTurns, queueOf, survey } from '../survey/survey.ts';
import { formatBytes, formatCount } from '../terminal/figures.ts';
import { oneLine } from '../terminal/printable.ts';
import { renderTable } from '../terminal/table.ts';
import { untilWords } from './pause.ts';

/** A stream as `jetlane streams ls` lists it. */
export interface ListedStream {
  readonly name: string;
  /** False: declared, and the server does not have it. */
  readonly exists: boolean;
  /** Made by Jetlane, so that `apply` may change it. */
  readonly managed: boolean;
  readonly subjects: readonly string[];
  /** Without the marks of last trials that a dead letter stream keeps. */
  readonly messages: number;
  readonly bytes: number;
  readonly retention: string;
  readonly storage: string;
  readonly replicas: number;
  readonly consumers: readonly ListedConsumer[];
}

/** A consumer of a listed stream. */
export interface ListedConsumer {
  readonly name: string;
  readonly managed: boolean;
  readonly durable: boolean;
  readonly lag: number;
  /** With `none` nothing is ever pending. */
  readonly ackPolicy: string;
  readonly ackPending: number;
  readonly maxAckPending: number;
  readonly redelivered: number;
  /** RFC 3339; null while it delivers. */
  readonly pausedUntil: string | null;
}

/** The streams of the server, or those with these names, each with its consumers; by name. */
export async function listStreams(
  jsm: Connection['jsm'],
  names?: readonly string[],
): Promise<ListedStream[]> {
  // The queue of a partitioned worker belongs to the stream that it reads.
  const surveyed = await survey(
    jsm,
    (info) => names === undefined || names.includes(queueOf(info)?.stream ?? info.config.name),
  );
  const found = await inTurns(surveyed, async ({ info: { config, state }, consumers }) => ({
    name: config.name,
    exists: true,
    managed: config.metadata?.jetlane !== undefined,
    subjects: config.subjects ?? [],
    messages: state.messages - (await countMarks(jsm, config)),
    bytes: state.bytes,
    retention: config.retention,
    storage: config.storage,
    replicas: config.num_replicas,
    consumers: consumers.map(toListed),
  }));
  const known = new Set(found.map(({ name }) => name));
  const missing = (names ?? []).filter((name) => !known.has(name)).map(absent);
  return [...found, ...missing].sort((a, b) => compareNames(a.name, b.name));
}

/** Marks of last trials lie beside dead letters, and are none. */
async function countMarks(
  jsm: Connection['jsm'],
  { name, subjects = [] }: { readonly name: string; readonly subjects?: readonly string[] },
): Promise<number> {
  const marks = subjects.find((subject) => /^_jl\.trial[.-]/.test(subject));
  if (marks === undefined) return 0;
  const { state } = await jsm.streams.info(name, { subjects_filter: marks });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

/** As lines: a table of streams, then one of consumers. */
export function streamLines(
  streams: readonly ListedStream[],
  io: Pick<Io, 'style' | 'columns'>,
): string[] {
  const { style } = io;
  if (streams.length === 0) return ['The server has no streams.'];
  const options = {
    paintTitle: style.dim,
    ...(io.columns === undefined ? {} : { width: io.columns }),
  };
  const table = renderTable(
    [
      { title: 'STREAM', paint: (padded) => style.bold(padded) },
      { title: 'MESSAGES', align: 'right' },
      { title: 'SIZE', align: 'right' },
      { title: 'KEEPS' },
      { title: 'COPIES', align: 'right' },
      { title: 'BY' },
      { title: 'SUBJECTS', bends: true },
    ],
    streams.map(streamCells),
    options,
  );
  const consumers = streams.flatMap((stream) =>
    stream.consumers.map((each) => consumerCells(stream, each)),
  );
  if (consumers.length === 0) return table;
  const columns = [
    { title: 'CONSUMER', paint: (padded: string) => style.bold(padded), bends: true },
    { title: 'STREAM' },
    { title: 'LAG', align: 'right' },
    { title: 'PENDING', align: 'right' },
    { title: 'REDELIVERED', align: 'right' },
    { title: 'BY' },
  ] as const;
  return [...table, '', ...renderTable(columns, consumers, options)];
}

function toListed(info: ConsumerInfo): ListedConsumer {
  return {
    name: info.name,
    managed: info.config.metadata?.jetlane !== undefined,
    durable: info.config.durable_name !== undefined,
    lag: info.num_pending,
    ackPolicy: info.config.ack_policy,
    ackPending: info.num_ack_pending,
    maxAckPending: info.config.max_ack_pending ?? 0,
    redelivered: info.num_redelivered,
    pausedUntil: info.paused === true ? (info.config.pause_until ?? null) : null,
  };
}

function absent(name: string): ListedStream {
  const nothing = { messages: 0, bytes: 0, retention: '', storage: '', replicas: 0 };
  return { name, exists: false, managed: false, subjects: [], ...nothing, consumers: [] };
}

function streamCells(stream: ListedStream): string[] {
  const { name, exists, managed, subjects, messages, bytes, retention, storage, replicas } = stream;
  if (!exists) return [oneLine(name), '-', '-', 'not on the server', '-', '-', '-'];
  const keeps = storage === 'memory' ? `${retention}, memory` : retention;
  const by = managed ? 'jetlane' : 'others';
  const list = subjects.map(oneLine).join(', ');
  return [
    oneLine(name),
    formatCount(messages),
    formatBytes(bytes),
    keeps,
    String(replicas),
    by,
    list,
  ];
}

function consumerCells({ name: stream }: ListedStream, consumer: ListedConsumer): string[] {
  const { pausedUntil } = consumer;
  const paused = pausedUntil === null ? '' : `, paused ${untilWords(new Date(pausedUntil))}`;
  const cap = consumer.maxAckPending > 0 ? `/${formatCount(consumer.maxAckPending)}` : '';
  return [
    oneLine(consumer.name),
    oneLine(stream),
    formatCount(consumer.lag),
    consumer.ackPolicy === 'none' ? 'no acks' : `${formatCount(consumer.ackPending)}${cap}`,
    formatCount(consumer.redelivered),
    `${consumer.managed ? 'jetlane' : 'others'}${paused}`,
  ];
}

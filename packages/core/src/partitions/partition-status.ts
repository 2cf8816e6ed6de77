import type { ConsumerInfo } from '@nats-io/jetstream';
import type { Connection } from '../nats/live-connection.ts';
import { consumersOf } from '../topology/foreign-overlap.ts';
import { type Announcement, toAnnouncement } from './membership.ts';
import { groupSubject, partitionDurable, QUEUE_KEYS } from './partition-names.ts';

/** How one partition of a partitioned worker stands. */
export interface PartitionStatus {
  readonly worker: string;
  readonly stream: string;
  /** From 0. */
  readonly partition: number;
  /** The process that has it, or would be given its next message: `host/pid`. Undefined: nobody that answers. */
  readonly owner: string | undefined;
  /** Whether the owner has the pin, which comes with the first message. */
  readonly pinned: boolean;
  /** Messages that were not delivered yet. */
  readonly lag: number;
  /** Delivered, not settled. */
  readonly ackPending: number;
  /** Milliseconds since the oldest message that is not settled came to its partition; undefined when there is none. */
  readonly oldestMs: number | undefined;
}

/**
 * Every partition of every partitioned worker of this account, by worker and partition: who has it and how far it is behind.
 * Looks only. Its processes are asked who they are, and given a third of a second to answer.
 *
 * @throws JetlaneError `JETSTREAM_UNAVAILABLE`, `CONNECTION_LOST`, `PERMISSION_DENIED`
 * @example
 * for (const { worker, partition, owner, lag } of await partitionStatus(connection)) console.log(worker, partition, owner, lag);
 */
export async function partitionStatus(connection: Connection): Promise<PartitionStatus[]> {
  const queues: Queue[] = [];
  for await (const { config } of connection.jsm.streams.list()) {
    const worker = config.metadata?.[QUEUE_KEYS.worker];
    const stream = config.metadata?.[QUEUE_KEYS.stream];
    if (worker === undefined || stream === undefined) continue;
    const count = Number(config.metadata?.[QUEUE_KEYS.partitions] ?? 0);
    queues.push({ name: config.name, worker, stream, count });
  }
  const lists = await Promise.all(queues.map((queue) => statusOf(connection, queue)));
  return lists.flat().sort((a, b) => compare(a.worker, b.worker) || a.partition - b.partition);
}

const ANSWERS_MS = 300;

interface Queue {
  readonly name: string;
  readonly worker: string;
  readonly stream: string;
  readonly count: number;
}

async function statusOf(connection: Connection, queue: Queue): Promise<PartitionStatus[]> {
  const [members, durables] = await Promise.all([
    membersOf(connection, queue),
    consumersOf(connection, queue.name),
  ]);
  const infos = new Map(durables.map((info) => [info.name, info]));
  const { worker, stream, count } = queue;
  return Promise.all(
    Array.from({ length: count }, async (_, partition): Promise<PartitionStatus> => {
      const info = infos.get(partitionDurable(partition));
      const lag = info?.num_pending ?? 0;
      const ackPending = info?.num_ack_pending ?? 0;
      const oldestMs =
        lag + ackPending === 0 ? undefined : await oldest(connection, queue.name, partition);
      return {
        worker,
        stream,
        partition,
        ...ownerOf(members, partition, info),
        lag,
        ackPending,
        oldestMs,
      };
    }),
  );
}

function ownerOf(
  members: readonly Announcement[],
  partition: number,
  info: ConsumerInfo | undefined,
): Pick<PartitionStatus, 'owner' | 'pinned'> {
  const { priority_groups: groups } = (info ?? {}) as { priority_groups?: readonly Pinned[] };
  const pin = groups?.[0]?.pinned_client_id ?? '';
  const holders = members.filter(({ holds }) => holds.some((one) => one.partition === partition));
  const pinned = holders.find(({ holds }) =>
    holds.some((one) => one.partition === partition && one.pin === pin && pin !== ''),
  );
  // Without a pin whoever asks is given the next message; with another's they stand by.
  const owner = pinned ?? (pin === '' ? holders[0] : undefined);
  return { owner: owner?.name, pinned: pinned !== undefined };
}

/** What the server says of a durable's pin. */
interface Pinned {
  readonly pinned_client_id?: string;
}

async function membersOf(
  connection: Connection,
  { stream, worker }: Queue,
): Promise<Announcement[]> {
  const members = new Map<string, Announcement>();
  const inbox = connection.newInbox();
  const answers = connection.subscribe(
    inbox,
    (msg) => {
      const member = toAnnouncement(msg.data);
      if (member !== undefined) members.set(member.id, member);
    },
    () => {},
  );
  connection.nc.publish(groupSubject(stream, worker), '', { reply: inbox });
  await new Promise((resolve) => setTimeout(resolve, ANSWERS_MS));
  answers.unsubscribe();
  return [...members.values()];
}

async function oldest(
  { jsm }: Connection,
  queue: string,
  partition: number,
): Promise<number | undefined> {
  // Nothing is there when it was settled in the meantime.
  const first = await jsm.direct
    .getMessage(queue, { seq: 1, next_by_subj: `${partition}.>` })
    .catch(() => null);
  return first === null ? undefined : Math.max(0, Date.now() - first.time.getTime());
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

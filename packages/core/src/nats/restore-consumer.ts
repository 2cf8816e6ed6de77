import { JetlaneError } from '@jetlane/contracts';
import { type AckPolicy, type ConsumerConfig, DeliverPolicy } from '@nats-io/jetstream';
import { toConsumerConfig } from '../topology/consumer-config.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { apiErrorCode, type Connection } from './connection.ts';

const CONSUMER_NOT_FOUND = 10_014;
const STREAM_NOT_FOUND = 10_059;
const CONSUMER_EXISTS = 10_148;
const CONSUMER_NAME_IN_USE = 10_013;
const POLL_MS = 5_000;

/**
 * Makes a durable of a work queue anew where it was deleted: what was not settled comes again.
 *
 * @throws JetlaneError `STREAM_GONE` when its stream is gone too
 */
export async function restoreConsumer(
  { jsm }: Connection,
  stream: string,
  config: Partial<ConsumerConfig>,
): Promise<void> {
  try {
    await jsm.consumers.info(stream, config.durable_name as string);
  } catch (error) {
    const code = apiErrorCode(error);
    if (code === STREAM_NOT_FOUND) throw gone(stream, error);
    if (code !== CONSUMER_NOT_FOUND) throw error;
    await jsm.consumers.add(stream, config).catch((failure: unknown) => {
      const why = apiErrorCode(failure);
      if (why === STREAM_NOT_FOUND) throw gone(stream, failure);
      if (why !== CONSUMER_EXISTS && why !== CONSUMER_NAME_IN_USE) throw failure;
    });
  }
}

/** Knows how far a durable has come, and makes it anew from there when somebody deleted it. */
export interface ConsumerKeeper {
  /** @throws JetlaneError `STREAM_GONE` when its stream is gone too */
  restore(): Promise<void>;
  stop(): void;
}

/**
 * Asks every few seconds how far the durable was acknowledged by all processes. A durable that is deleted underneath its
 * workers begins again right after that: nothing is skipped, and at most what was acknowledged since comes twice.
 *
 * @param reachedSeq a position that need not come again, whatever is acknowledged
 */
export function consumerKeeper(
  { jsm }: Connection,
  spec: WorkerSpec,
  reachedSeq: () => number = () => 0,
): ConsumerKeeper {
  const { name } = spec;
  const stream = spec.stream.name;
  let ackFloor = 0;
  let created = '';

  async function look(): Promise<void> {
    const [consumer, { created: streamCreated }] = await Promise.all([
      jsm.consumers.info(stream, name),
      jsm.streams.info(stream),
    ]);
    ackFloor = consumer.ack_floor.stream_seq;
    created = streamCreated;
  }

  const poll = setInterval(() => void look().catch(() => {}), POLL_MS);
  void look().catch(() => {});

  async function recreate(): Promise<void> {
    // Positions of a stream that was deleted and made anew mean nothing.
    const { created: now, config } = await jsm.streams.info(stream);
    const doneSeq = Math.max(ackFloor, reachedSeq());
    const resumable = config.retention !== 'workqueue' && now === created && doneSeq > 0;
    const start = resumable
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: doneSeq + 1 }
      : { deliver_policy: DeliverPolicy.All };
    const { opt_start_time: _, ...config_ } = toConsumerConfig(spec);
    await jsm.consumers.add(stream, { ...config_, ...start } as Acked);
  }

  return {
    async restore() {
      try {
        await look();
      } catch (error) {
        const code = apiErrorCode(error);
        if (code === STREAM_NOT_FOUND) throw gone(stream, error);
        if (code !== CONSUMER_NOT_FOUND) throw error;
        await recreate().catch((failure: unknown) => {
          const why = apiErrorCode(failure);
          if (why === STREAM_NOT_FOUND) throw gone(stream, failure);
          // Another process of this worker was faster; its position is as good.
          if (why !== CONSUMER_EXISTS && why !== CONSUMER_NAME_IN_USE) throw failure;
        });
      }
    },
    stop: () => clearInterval(poll),
  };
}

/** With its acks, as every worker's. */
type Acked = Partial<ConsumerConfig> & { readonly ack_policy: AckPolicy };

function gone(stream: string, cause: unknown): JetlaneError {
  return new JetlaneError(
    'STREAM_GONE',
    `stream ${stream} was deleted while in use; make it anew with 'jetlane streams apply' and start the worker again`,
    { cause },
  );
}

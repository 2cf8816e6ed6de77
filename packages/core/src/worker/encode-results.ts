import {
  type EncodedMessage,
  encodeMessage,
  idGiven,
  isOutgoing,
  JetlaneError,
  type Message,
  type Outgoing,
} from '@jetlane/contracts';
import type { Surroundings } from './runner.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** Encodes what a handler returned, under ids that follow from the message that it handled: handled again, they are the same. */
export async function encodeResults(
  outgoing: readonly Outgoing[],
  messages: readonly Message[],
  { name }: Pick<WorkerSpec, 'name'>,
  { bus, codec, source }: Pick<Surroundings, 'bus' | 'codec' | 'source'>,
): Promise<EncodedMessage[]> {
  if (outgoing.length === 0) return [];
  const [cause] = messages as readonly [Message];
  const { traceparent, tracestate, 'ce-correlationid': correlation } = cause.headers;
  const context = {
    codec,
    source,
    nowMs: bus.clock.now(),
    maxPayload: bus.maxPayload,
    correlationId: correlation ?? cause.id,
    causationId: cause.id,
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
  };
  const encoded: EncodedMessage[] = [];
  for (const [index, message] of outgoing.entries()) {
    if (!isOutgoing(message)) throw notAMessage(name, message);
    // A batch may be cut anew when it is redelivered: an id derived from its first message could then name another result.
    const derive = messages.length === 1 && !idGiven(message);
    const id = derive ? { id: `${cause.id}:${name}:${index}` } : undefined;
    encoded.push(await encodeMessage(message, { ...context, ...id }));
  }
  return encoded;
}

function notAMessage(worker: string, value: unknown): JetlaneError {
  return new JetlaneError(
    'HANDLER_FAILED',
    `a handler of worker '${worker}' returned ${value === null ? 'null' : typeof value}; return messages made by an event or command, or nothing`,
  );
}

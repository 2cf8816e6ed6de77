import type { AnyDefinition, Output, Tokens } from './check.ts';

/** A message as handlers receive it. */
export interface Message<D extends AnyDefinition = AnyDefinition> {
  /**
   * `ce-id`, else `Nats-Msg-Id`; for foreign messages with neither, the subject and the position in
   * the stream, so that a redelivery has the same id.
   */
  readonly id: string;
  readonly type: D['type'];
  /** Validated, in its latest version. */
  readonly data: Output<D['schema']>;
  /** Subject tokens by name: `params.orderId`. */
  readonly params: Readonly<Record<Tokens<D['subject']>, string>>;
  readonly subject: string;
  /** All headers as received, `ce-*` values percent-decoded. */
  readonly headers: Readonly<Record<string, string>>;
  /** Position in the stream: rising, with gaps. */
  readonly seq: number;
  /** 1 on first delivery. */
  readonly attempt: number;
  /** When the stream stored it. */
  readonly time: Date;
}

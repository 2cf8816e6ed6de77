/** Values that travel without being messages, such as those of key-value buckets: checked on both ways. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Schema } from './check.ts';
import type { Codec } from './codec.ts';
import { decodePayload, type PayloadOptions, type RawPayload } from './decode.ts';
import { encodePayload } from './encode.ts';
import { issuesError, validate } from './validate.ts';

/**
 * Checks a value and encodes what its schema put out. `what` names it in errors.
 *
 * @throws JetlaneError `VALIDATION_FAILED`
 */
export async function encodeValue(
  schema: Schema,
  value: unknown,
  what: string,
  codec: Codec,
): Promise<Uint8Array> {
  return encodePayload(codec, outputOf(await validate(schema, value, what), what), what);
}

/**
 * Decodes bytes and checks what they hold. `what` names it in errors.
 *
 * @throws JetlaneError `DECODE_FAILED`, `VALIDATION_FAILED`
 */
export async function decodeValue(
  schema: Schema,
  raw: RawPayload,
  what: string,
  options: PayloadOptions,
): Promise<unknown> {
  return outputOf(await validate(schema, decodePayload(raw, options), what), what);
}

function outputOf(result: StandardSchemaV1.Result<unknown>, what: string): unknown {
  if (result.issues) throw issuesError(what, result.issues);
  return result.value;
}

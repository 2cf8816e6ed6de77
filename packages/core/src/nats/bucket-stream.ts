import { JetlaneError } from '@jetlane/contracts';
import type { StreamInfo } from '@nats-io/jetstream';
import type { BucketSettings } from '../bucket.ts';
import type { Admin } from '../topology/admin.ts';
import { apply, assertAllowed } from '../topology/apply.ts';
import { bucketStream, wantedBucket } from '../topology/bucket-config.ts';
import { toLine } from '../topology/change.ts';
import { API_CODE, ask, refusal } from '../topology/jetstream-api.ts';
import { streamChange } from '../topology/plan.ts';

/**
 * Creates the stream of a bucket, or changes it in place where its settings differ, and resolves to its replicas. What the
 * settings do not say is left as it is.
 *
 * @throws JetlaneError `TOPOLOGY_CONFLICT` when it cannot change in place, or when this client only verifies
 */
export async function openBucket(
  admin: Admin,
  settings: BucketSettings,
  mode: 'apply' | 'verify',
): Promise<number> {
  const name = bucketStream(settings.name);
  const answer = await ask<StreamInfo>(admin, `STREAM.INFO.${name}`);
  if (!answer.ok && answer.code !== API_CODE.streamNotFound)
    throw refusal(answer, `reading stream ${name}`);
  const live = answer.ok ? answer.value : undefined;
  const change = streamChange(wantedBucket(settings), live);
  if (change !== undefined) {
    assertAllowed([change], false);
    if (mode === 'verify') throw onlyVerifies(settings.name, toLine(change));
    await apply(admin, { changes: [change], warnings: [] });
  }
  return settings.replicas ?? live?.config.num_replicas ?? settings.replicasWhenNew ?? 1;
}

function onlyVerifies(bucket: string, line: string): JetlaneError {
  return new JetlaneError(
    'TOPOLOGY_CONFLICT',
    `bucket ${bucket} is not as declared, and this client only verifies (topology: 'verify'):\n  - ${line}\nTo settle it: open it once with a client that may change it`,
  );
}

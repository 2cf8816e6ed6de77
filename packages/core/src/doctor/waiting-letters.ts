import type { StreamInfo } from '@nats-io/jetstream';
import { deadLetterFilter } from '../dead-letters/subjects.ts';
import type { Admin } from '../topology/admin.ts';
import { ask, unwrap } from '../topology/jetstream-api.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

/** Dead letters that wait for somebody to look at them, by worker; and dead letter streams that take no more. */
export async function deadLetterFindings(
  admin: Admin,
  streams: readonly StreamInfo[],
): Promise<Finding[]> {
  const holding = streams.filter(({ config }) =>
    config.subjects?.some((subject) => ROOT.test(subject)),
  );
  const groups = await Promise.all(
    holding.map(async (stream) => [...full(stream), ...(await waiting(admin, stream.config.name))]),
  );
  const found = groups.flat();
  return found.length > 0 ? found : [ok('dead-letters', 'none wait')];
}

const ROOT = /^_jl\.dlq[.-]/;
const SUBJECTS_SHOWN_MAX = 20;

async function waiting(admin: Admin, name: string): Promise<Finding[]> {
  const body = { subjects_filter: deadLetterFilter(name) };
  const answer = await ask<StreamInfo>(admin, `STREAM.INFO.${name}`, body);
  const counts = Object.entries(unwrap(answer, `reading stream ${name}`).state.subjects ?? {});
  const most = counts.sort(([, a], [, b]) => b - a);
  const shown = most.slice(0, SUBJECTS_SHOWN_MAX).map(([subject, count]) => {
    const [, , stream, worker] = subject.split('.');
    return warning(
      'dead-letters',
      `${count} dead letters of worker ${worker} on ${stream} wait in ${name}`,
      `jetlane dlq ls --stream ${stream} --worker ${worker}, then replay or drop them`,
    );
  });
  if (most.length <= SUBJECTS_SHOWN_MAX) return shown;
  const left = `dead letters of ${most.length - SUBJECTS_SHOWN_MAX} more workers wait in ${name}`;
  return [...shown, warning('dead-letters', left, 'jetlane dlq ls')];
}

function full({ config, state }: StreamInfo): Finding[] {
  const { name, max_bytes: bytes, max_msgs: messages } = config;
  if (!((bytes > 0 && state.bytes >= bytes) || (messages > 0 && state.messages >= messages)))
    return [];
  return config.discard === 'new'
    ? [
        failure(
          'dead-letters',
          `${name} is full: workers cannot bury, so what they gave up on comes again and again`,
          'replay or drop dead letters, or raise its limit',
        ),
      ]
    : [
        failure(
          'dead-letters',
          `${name} is full and drops the oldest dead letters`,
          "set its discard to 'new', and replay or drop dead letters",
        ),
      ];
}

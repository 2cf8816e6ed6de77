import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Schema } from './check.ts';
import { JetlaneError } from './error.ts';
import { reasonOf, shorten, show } from './show.ts';

/**
 * Runs a schema. A schema that throws or rejects gives `VALIDATION_FAILED` with that as `cause`.
 * A promise comes back only if the schema returned one.
 */
export function validate(
  schema: Schema,
  value: unknown,
  type: string,
): StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>> {
  try {
    const result = schema['~standard'].validate(value);
    if (!isThenable(result)) return shaped(result);
    return Promise.resolve(result)
      .then(shaped)
      .catch((cause: unknown) => {
        throw crashed(type, cause);
      });
  } catch (cause) {
    throw crashed(type, cause);
  }
}

/** `VALIDATION_FAILED` with the path and words of every issue; `cause` is the list of issues. */
export function issuesError(type: string, issues: readonly StandardSchemaV1.Issue[]): JetlaneError {
  const lines = issues
    .slice(0, ISSUES_SHOWN)
    .map(
      (issue) => `\n  - ${shorten(toPath(issue), PATH_MAX)}: ${shorten(issue.message, ISSUE_MAX)}`,
    );
  if (issues.length > ISSUES_SHOWN) lines.push(`\n  - and ${issues.length - ISSUES_SHOWN} more`);
  return new JetlaneError(
    'VALIDATION_FAILED',
    `${type} does not match its schema:${lines.join('')}`,
    {
      cause: issues,
    },
  );
}

/** What is wrong with something given as a schema, in words. */
export function schemaProblems(schema: unknown, name: string): string[] {
  const standard = (schema as Partial<Schema> | null | undefined)?.['~standard'];
  if (standard?.version === 1 && typeof standard.validate === 'function') return [];
  return [`${name} must be a Standard Schema (zod, valibot, arktype, ...), not ${show(schema)}`];
}

const ISSUES_SHOWN = 50;
const ISSUE_MAX = 500;
const PATH_MAX = 200;

function toPath(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  return path.length === 0 ? 'data' : `data.${path.join('.')}`;
}

function crashed(type: string, cause: unknown): JetlaneError {
  const reason = reasonOf(cause);
  return new JetlaneError('VALIDATION_FAILED', `the schema of ${type} threw: ${reason}`, { cause });
}

/** Guards against a schema that breaks the standard and returns nothing. */
function shaped(result: StandardSchemaV1.Result<unknown>): StandardSchemaV1.Result<unknown> {
  if (typeof result === 'object' && result !== null) return result;
  throw new TypeError(`it returned ${show(result)} instead of { value } or { issues }`);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

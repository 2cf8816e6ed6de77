import { toErrorAnswer } from '../failure.ts';
import { type Given, Query } from '../query.ts';
import type { StudioContext } from '../surroundings.ts';

/** Answers a request with JSON, or with what went wrong in words. */
export function answering(
  make: (context: StudioContext) => Promise<object>,
): (context: StudioContext) => Promise<Response> {
  return async (context) => {
    try {
      return context.json(await make(context), 200, NO_STORE);
    } catch (error) {
      return answerError(context, error);
    }
  };
}

/** What went wrong, as an answer. */
export function answerError(context: StudioContext, error: unknown): Response {
  const { status, body } = toErrorAnswer(error);
  return context.json(body, status, NO_STORE);
}

/** What the query string asks for. A field that is empty was not given, but for those where that is a value. */
export function queryOf(context: StudioContext, known: readonly string[]): Query {
  const given: Given = Object.fromEntries(
    Object.entries(context.req.query()).filter(
      ([name, value]) => value !== '' || MAY_BE_EMPTY.has(name),
    ),
  );
  return new Query(given, known);
}

const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['reason', 'errorCode']);
const NO_STORE = { 'cache-control': 'no-store' };

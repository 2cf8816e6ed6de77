/** What the page asks of the gateway besides the live connection: what it may do, and that it be done. */
import type { StoryAction, StoryAnswer, StorySession } from '../figures.ts';

const TOKEN_HEADER = 'x-jetlane-token';
const ANSWER_MS = 35_000;

/** Asks what this page may do and what it missed. Rejects when the gateway does not answer. */
export async function askSession(): Promise<StorySession> {
  const answer = await fetch('story', { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!answer.ok) throw new Error(`the demo answered ${answer.status}`);
  return (await answer.json()) as StorySession;
}

/** Asks for an action. Resolves with the answer, which is words in any case; `status` 0: nobody answered. */
export async function askAction(
  token: string,
  action: StoryAction,
): Promise<StoryAnswer & { readonly status: number }> {
  try {
    const answer = await fetch('story/actions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', [TOKEN_HEADER]: token },
      body: JSON.stringify(action),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { ...((await answer.json()) as StoryAnswer), status: answer.status };
  } catch {
    return { ok: false, words: 'the demo does not answer: is it still running?', status: 0 };
  }
}

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SecondPoint, StoryFigures, StorySession } from '../figures.ts';
import { StoryStore } from './store.ts';

const none = { p50: null, p99: null, p999: null };
const figures = (runS: number) =>
  ({ runS, secondMs: none, floorMs: null, services: {} }) as unknown as StoryFigures;
const point = (runS: number): SecondPoint => ({ runS, all: none, floor: null, services: {} });

afterEach(() => vi.unstubAllGlobals());

/** A gateway that answers `GET story` with a session, and every action with `status`. */
function gateway(session: Partial<StorySession>, status = 200) {
  const asked: { url: string; token: string | undefined; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (url: string, options: RequestInit = {}) => {
    if (options.method !== 'POST') return Response.json({ whyNot: null, history: [], ...session });
    const { 'x-jetlane-token': token } = options.headers as Record<string, string>;
    asked.push({ url, token, body: JSON.parse(String(options.body)) });
    return Response.json({ ok: status === 200, words: 'so it is' }, { status });
  });
  return asked;
}

describe('what the panel knows', () => {
  it('is put together from what was missed and what came since', async () => {
    gateway({ token: 'secret', history: [point(1), point(2), point(3)] });
    const store = new StoryStore();
    store.linked(true);
    store.hear(figures(3));
    store.hear(figures(4));
    await vi.waitFor(() => expect(store.state.session?.token).toBe('secret'));
    expect(store.points.map(({ runS }) => runS)).toEqual([1, 2, 3, 4]);
  });

  it('is asked for again with the next figures when nobody answered', async () => {
    const silent = vi.fn(() => Promise.reject(new Error('away')));
    vi.stubGlobal('fetch', silent);
    const store = new StoryStore();
    store.hear(figures(1));
    store.hear(figures(2));
    expect(silent).toHaveBeenCalledTimes(1); // one at a time
    await new Promise((resolve) => setImmediate(resolve));
    gateway({ token: 'secret' });
    store.hear(figures(3));
    await vi.waitFor(() => expect(store.state.session?.token).toBe('secret'));
  });

  it('begins anew with another run, and keeps five minutes', () => {
    const store = new StoryStore();
    for (let runS = 1; runS <= 400; runS++) store.hear(figures(runS));
    expect(store.points).toHaveLength(300);
    store.hear(figures(1));
    expect(store.points.map(({ runS }) => runS)).toEqual([1]);
  });

  it('is told to who listens', () => {
    const store = new StoryStore();
    const listener = vi.fn();
    const stop = store.listen(listener);
    store.hear(figures(1));
    stop();
    store.hear(figures(2));
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

describe('an action', () => {
  it('goes with the token that the page was told, one at a time', async () => {
    const asked = gateway({ token: 'secret' });
    const store = new StoryStore();
    store.hear(figures(1));
    await vi.waitFor(() => expect(store.state.session).toBeDefined());
    await Promise.all([store.act({ do: 'mend' }), store.act({ do: 'mend' })]);
    expect(asked).toEqual([{ url: 'story/actions', token: 'secret', body: { do: 'mend' } }]);
    expect(store.state).toMatchObject({ asking: undefined, answer: { ok: true } });
  });

  it('is not even asked for where the page may not act', async () => {
    const asked = gateway({ token: null, whyNot: 'no' });
    const store = new StoryStore();
    store.hear(figures(1));
    await vi.waitFor(() => expect(store.state.session).toBeDefined());
    await store.act({ do: 'mend' });
    expect(asked).toEqual([]);
  });

  it('asks for a new token when this one is of an earlier run', async () => {
    gateway({ token: 'old' }, 403);
    const store = new StoryStore();
    store.hear(figures(1));
    await vi.waitFor(() => expect(store.state.session?.token).toBe('old'));
    gateway({ token: 'new' }, 403);
    await store.act({ do: 'mend' });
    expect(store.state.answer).toEqual({ ok: false, words: 'so it is' });
    expect(store.state.session?.token).toBe('new');
  });

  it('says so when nobody answers', async () => {
    gateway({ token: 'secret' });
    const store = new StoryStore();
    store.hear(figures(1));
    await vi.waitFor(() => expect(store.state.session).toBeDefined());
    vi.stubGlobal('fetch', () => Promise.reject(new Error('away')));
    await store.act({ do: 'mend' });
    expect(store.state.answer?.words).toContain('does not answer');
  });
});

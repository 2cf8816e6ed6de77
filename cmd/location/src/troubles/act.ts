/** What a page asks for, done: it comes from a browser, so everything in it is looked at first. */
import type { StoryAnswer } from '#figures';
import { SERVICES } from '../services/service-name.ts';
import { TroubleRefused, toOrder } from './trouble.ts';
import type { Troubles } from './troubles.ts';

/** Does it and answers in words, whatever happens. */
export async function act(
  troubles: Pick<Troubles, 'start' | 'mend' | 'replay'>,
  asked: unknown,
): Promise<StoryAnswer> {
  try {
    return { ok: true, words: await perform(troubles, asked) };
  } catch (error) {
    return { ok: false, words: (error as Error).message };
  }
}

type Asked = Readonly<Record<'do' | 'kind' | 'service' | 'id', unknown>>;

async function perform(
  troubles: Pick<Troubles, 'start' | 'mend' | 'replay'>,
  asked: unknown,
): Promise<string> {
  if (typeof asked !== 'object' || asked === null) throw new TroubleRefused('that is no action');
  const { do: what, kind, service, id } = asked as Asked;
  switch (what) {
    case 'trouble': {
      const order = toOrder({ kind, service });
      troubles.start(order);
      return order.service === null ? `${order.kind} has begun` : `${order.kind} ${order.service}`;
    }
    case 'mend': {
      if (id !== undefined && !Number.isSafeInteger(id))
        throw new TroubleRefused('a trouble is named by a whole number');
      const mended = await troubles.mend(id as number | undefined);
      return mended === 0 ? 'nothing is left to mend' : `${mended} mended`;
    }
    case 'replay': {
      const name = SERVICES.find((one) => one === service);
      if (!name) throw new TroubleRefused(`replay is for one of ${SERVICES.join(', ')}`);
      const replayed = await troubles.replay(name);
      return replayed === 0
        ? `there are no dead letters of ${name}`
        : `${replayed} dead letters of ${name} were sent back to it, and to no other service`;
    }
    default:
      throw new TroubleRefused('an action is trouble, mend or replay');
  }
}

/** The page of a run, served by a process of its own: what it costs is told apart, and it holds up nobody. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { StoryAnswer } from '#figures';
import type {
  GatewayFigures,
  GatewayOrder,
  GatewayStart,
  GatewayWord,
} from '../gateway/protocol.ts';
import { CLOCK_VARIABLE, clockShiftMs } from '../ledger/clock.ts';
import { ACK_WAIT_VARIABLE, PARTITIONED_VARIABLE } from '../services/settings.ts';
import { RunFailure } from './run-failure.ts';

/** A gateway that runs. */
export interface LiveMap {
  readonly url: string;
  /** At most a quarter of a second old. */
  readonly figures: GatewayFigures;
  tell(order: Exclude<GatewayOrder, { order: 'start' | 'stop' | 'answer' }>): void;
  close(): Promise<void>;
}

/** What the page of a run needs. */
export interface LiveMapOptions extends GatewayStart {
  /** Whether services that are ordered by driver are partitioned: the studio shows them as they run. */
  readonly partitioned: boolean;
  /** Of its subscription and, as the studio shows them, of the services. */
  readonly ackWaitMs: number;
  /** Told, in one sentence, when it ended by itself. */
  readonly warn: (line: string) => void;
  /** Does what a page asks for, and answers in words. */
  readonly act: (action: unknown) => Promise<StoryAnswer>;
}

const STOP_MS = 5000;

/**
 * Starts the gateway and resolves when pages may come.
 *
 * @throws RunFailure when it cannot listen or ends before
 */
export async function startLiveMap({
  warn,
  act,
  partitioned,
  ackWaitMs,
  ...start
}: LiveMapOptions): Promise<LiveMap> {
  const env = {
    ...process.env,
    [CLOCK_VARIABLE]: String(clockShiftMs),
    [PARTITIONED_VARIABLE]: partitioned ? 'yes' : 'no',
    [ACK_WAIT_VARIABLE]: String(ackWaitMs),
  };
  const child = fork(fileURLToPath(new URL('../gateway/main.js', import.meta.url)), { env });
  const give = (order: GatewayOrder) => {
    if (child.connected) child.send(order, () => {}); // it may end meanwhile
  };
  const answer = async (number: number, action: unknown) =>
    give({ order: 'answer', number, answer: await act(action) });
  let figures: GatewayFigures | undefined;
  let closing = false;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: GatewayWord) => {
      if (message.word === 'figures') figures = message.figures;
      else if (message.word === 'ask') void answer(message.number, message.action);
      else if (message.word === 'ready') resolve(message.url);
      else reject(new RunFailure(message.sentence));
    });
    void gone.then(() => reject(new RunFailure('the gateway ended before it could listen')));
    give({ order: 'start', start });
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  void gone.then(() => {
    if (!closing) warn('the gateway ended: there is no page any more');
  });
  return {
    url,
    get figures() {
      return figures as GatewayFigures; // said before it was ready
    },
    tell: give,
    async close() {
      closing = true;
      give({ order: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** Replays all dead letters to the worker that gave up on them, as an operator would. */
import { deadLetters, open } from '@jetlane/core';
import { type Cue, play } from './play.ts';

/** What a replayer is told. */
export interface ReplayerOptions {
  readonly urls: readonly string[];
}

/** What it did. */
export interface ReplayerReport {
  readonly replayed: number;
  readonly skipped: number;
}

await play(replay);

async function replay({ urls }: ReplayerOptions, cue: Cue): Promise<ReplayerReport> {
  const connection = await open({ servers: urls });
  cue.ready();
  const { replayed, skipped } = await deadLetters(connection).replay({ all: true });
  await connection.nc.close();
  return { replayed, skipped: skipped.length };
}

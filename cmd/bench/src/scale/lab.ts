/** What every experiment works with: processes, streams, a place for what was found. */
import { apply, collect, plan } from '@jetlane/core';
import { type Child, startChild } from '../frame/child.ts';
import type { Host } from './host.ts';
import type { Point } from './point.ts';
import { type ReportStream, reports, STREAM } from './report.ts';
import type { PublishResult, PublishRound } from './roles/publisher.ts';
import type { ServiceResult, ServiceRound } from './roles/service.ts';

/** See the head of this file. */
export interface Lab {
  readonly signal: AbortSignal;
  /** True: small sizes, to see that all of it works. */
  readonly quick: boolean;
  /** Takes a point that was measured. */
  keep(point: Point): void;
  publisher(host: Host): Promise<Child<PublishRound, PublishResult>>;
  service(host: Host): Promise<Child<ServiceRound, ServiceResult>>;
  /** Ends these processes. All others end with the lab. */
  end(children: readonly { end(): Promise<void> }[]): Promise<void>;
}

/** A lab; `close` ends what still runs. */
export function openLab(options: {
  readonly signal: AbortSignal;
  readonly quick: boolean;
  readonly keep: (point: Point) => void;
  readonly say: (line: string) => void;
}): Lab & { close(): Promise<void> } {
  const { signal, quick, keep, say } = options;
  const children = new Set<{ end(): Promise<void>; stop(): void }>();
  signal.addEventListener('abort', () => {
    for (const child of children) child.stop();
  });
  const start = async <Round, Result>(role: string, host: Host) => {
    // One address: which server of several a process is connected to is not left to chance.
    const setup = { servers: host.urls.slice(0, 1) };
    const module = new URL(`./roles/${role}.js`, import.meta.url);
    const child = await startChild<Round, Result>(module, setup, { say });
    children.add(child);
    return child;
  };
  const end = async (some: readonly { end(): Promise<void> }[]) => {
    await Promise.all(some.map((child) => child.end()));
    for (const child of some) children.delete(child as never);
  };
  return {
    signal,
    quick,
    keep,
    publisher: (host) => start<PublishRound, PublishResult>('publisher', host),
    service: (host) => start<ServiceRound, ServiceResult>('service', host),
    end,
    close: () => end([...children]),
  };
}

/** The stream anew, and empty. */
export async function freshStream(host: Host, options: ReportStream): Promise<void> {
  await dropStream(host);
  await apply(host.connection, await plan(host.connection, collect([reports(options)])));
}

/** Removes it, if it is there. */
async function dropStream({ connection }: Host): Promise<void> {
  await connection.jsm.streams.delete(STREAM).catch(() => {});
}

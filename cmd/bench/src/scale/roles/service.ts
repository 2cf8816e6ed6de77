/** A process that works through the reports, as one service of many would, and tells what that cost it. */
import { setTimeout as delay } from 'node:timers/promises';
import { connect, on, worker } from '@jetlane/core';
import { serve } from '../../frame/serve.ts';
import { Report, type ReportStream, reports } from '../report.ts';
import { trafficOf } from '../usage.ts';

/** How to reach the servers. */
export interface ServiceSetup {
  readonly servers: readonly string[];
}

/** What to work on. Goes on until it is asked to stop and nothing more comes; reports progress once it is pulling. */
export interface ServiceRound {
  readonly durable: string;
  readonly stream: ReportStream;
}

/** What came of it. */
export interface ServiceResult {
  readonly count: number;
  readonly cpuUs: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly residentBytes: number;
}

/** Nothing came for so long: it has all there is. */
const QUIET_MS = 150;

serve<ServiceSetup, ServiceRound, ServiceResult>(({ servers }) => ({
  async round({ durable, stream }, signal, progress) {
    let count = 0;
    const reader = worker(
      durable,
      { from: reports(stream), orderBy: 'id', concurrency: 256, maxAckPending: 4096 },
      [
        on(Report, () => {
          count++;
        }),
      ],
    );
    const client = await connect({ servers: [...servers] });
    try {
      await client.start(reader);
      const traffic = trafficOf();
      const cpu = process.cpuUsage();
      progress(0);
      for (let seen = -1; !signal.aborted || seen !== count; ) {
        seen = count;
        await delay(QUIET_MS);
      }
      const { user, system } = process.cpuUsage(cpu);
      const now = trafficOf();
      return {
        count,
        cpuUs: user + system,
        inBytes: now.inBytes - traffic.inBytes,
        outBytes: now.outBytes - traffic.outBytes,
        residentBytes: process.memoryUsage.rss(),
      };
    } finally {
      await client.close();
    }
  },
}));

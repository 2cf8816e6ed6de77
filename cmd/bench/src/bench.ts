/** The command tree of `jetlane bench`: one file a subcommand. */
import type { Command } from 'commander';
import { addCompare } from './commands/compare.ts';
import { addConsume } from './commands/consume.ts';
import { addFanout } from './commands/fanout.ts';
import { addGuard } from './commands/guard.ts';
import { addLatency } from './commands/latency.ts';
import { addPublish } from './commands/publish.ts';
import { addReport } from './commands/report.ts';
import { addRequest } from './commands/request.ts';
import { addRestVsEvents } from './commands/rest-vs-events.ts';
import { addSoak } from './commands/soak.ts';
import { addExamples } from './frame/flags.ts';
import type { Surroundings } from './frame/surroundings.ts';
import { addPlan } from './plan/command.ts';
import { addScale } from './scale/command.ts';

/** Adds `bench` and its subcommands to a program. */
export function addBench(program: Command, surroundings: Surroundings): Command {
  const bench = program
    .command('bench')
    .summary('measure latency and throughput')
    .description(
      'Measures latency and throughput, each side in processes of its own. Starts a nats-server of its own unless -s, NATS_URL or --context names one; creates streams with names of its own and removes them.',
    );
  addExamples(bench, [
    ['jetlane bench latency --rate 20k', 'end to end, on a nats-server of its own'],
    ['jetlane bench publish', 'throughput'],
    ['jetlane bench compare', 'against nats.js, Redis, RabbitMQ, Kafka and others'],
    ['jetlane bench guard', 'the promised ratios, in about three minutes'],
    ['jetlane bench plan --drivers 1M', 'what a larger load takes, by the measured cost model'],
  ]);
  for (const add of SUBCOMMANDS) add(bench, surroundings);
  return bench;
}

const SUBCOMMANDS = [
  addLatency,
  addPublish,
  addConsume,
  addFanout,
  addRequest,
  addSoak,
  addCompare,
  addRestVsEvents,
  addGuard,
  addPlan,
  addScale,
  addReport,
];

/** The pages of the site: what stands in the sidebar, in which order, and what each page is about. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A page. */
export interface Entry {
  /** Its path on the site, which is its file without `.md`. */
  readonly link: string;
  /** Its name in the sidebar. */
  readonly text: string;
  /** One sentence, for search engines and previews. */
  readonly description: string;
}

/** Pages that belong together. */
export interface Section {
  readonly text: string;
  readonly entries: readonly Entry[];
}

/** The site's home page. */
export const home: Entry = {
  link: '/',
  text: 'Jetlane',
  description:
    'Low-latency typed messaging for Node on NATS JetStream: streams declared in code, workers that lose nothing, order by key.',
};

const tutorial: Section = {
  text: 'Tutorial',
  entries: [
    page(
      '/tutorial/first-worker',
      'A worker that survives',
      'From nothing to a typed worker that is killed with kill -9 in the middle of its work and loses nothing.',
    ),
    page(
      '/tutorial/two-processes',
      'Two processes, in order',
      'Two processes share the work, each account stays in order, and one of them is killed.',
    ),
    page(
      '/tutorial/dead-letters',
      'Dead letters and replay',
      'A worker with a mistake, what it gives up on, and how that is sent back once it is mended.',
    ),
  ],
};

const howTo: Section = {
  text: 'How to',
  entries: [
    page(
      '/how-to/start',
      'Start an app',
      'jetlane init writes a small app that runs at once: messages, a worker, a test, a compose file.',
    ),
    page(
      '/how-to/connect',
      'Connect and secure',
      'Servers, credentials, TLS and contexts, from code, from the environment and on the command line.',
    ),
    page(
      '/how-to/change-streams',
      'Declare and change streams',
      'Streams as code: plan what a deployment would change, apply it, find drift, export it.',
    ),
    page(
      '/how-to/backpressure',
      'Choose acks and limits',
      'Ack policy, concurrency, maxAckPending, bytes and rate limits: which to set, and to what.',
    ),
    page(
      '/how-to/order',
      'Keep order by key',
      'Order by key in one process, and over many processes with partitions and failover.',
    ),
    page(
      '/how-to/retry',
      'Retry and bury',
      'Bounded retries that know your errors, dead letters, and sending them back.',
    ),
    page(
      '/how-to/once',
      'Handle once',
      'Each message takes effect once, with an inbox in the same atomic write as the effect.',
    ),
    page(
      '/bulk',
      'Load many messages',
      'publishAll reads a source of any length and publishes it by fast ingest, plainly, or in atomic batches.',
    ),
    page(
      '/how-to/schedule',
      'Send later, and by timetable',
      'Messages that are due later, reminders that are taken back, and schedules that tick once.',
    ),
    page(
      '/how-to/replay',
      'Replay for a new consumer',
      'A new worker reads a stream from its first message, from a time, or from now, without a change to publishers.',
    ),
    page(
      '/how-to/test',
      'Test without a server',
      'The same code on an in-process bus: unit tests with a clock that you move.',
    ),
    page(
      '/how-to/deploy',
      'Run in production',
      'Workers under systemd, in Docker and on Kubernetes: drain on SIGTERM, health pages, limits.',
    ),
    page(
      '/how-to/measure',
      'Measure latency',
      'How fast Jetlane is on your machine and against your cluster, without fooling yourself.',
    ),
    page(
      '/how-to/watch',
      'Watch an app',
      'Lag, rates, latencies and dead letters: in the terminal, in a page, as JSON lines, in your own code.',
    ),
  ],
};

const reference: Section = {
  text: 'Reference',
  entries: [
    page(
      '/reference/cli',
      'Command line',
      'Every command of jetlane with its arguments, flags, defaults and examples.',
    ),
    page(
      '/reference/errors',
      'Error codes',
      'Every error code: what happened, why, and what to do about it.',
    ),
    page('/reference/defaults', 'Defaults', 'Every option that has a default, and what it is.'),
    page(
      '/reference/diagnostics',
      'Channels and metrics',
      'The diagnostics channels, the figures of workers and publishers, health pages and JSON lines.',
    ),
    page(
      '/reference/api/core',
      '@jetlane/core',
      'The API of @jetlane/core: connect, publish, workers, streams, dead letters, key-value buckets.',
    ),
    page(
      '/reference/api/contracts',
      '@jetlane/contracts',
      'The API of @jetlane/contracts: events, commands, subjects, versions, codecs, stream declarations.',
    ),
    page(
      '/reference/api/studio',
      '@jetlane/studio',
      'The API of @jetlane/studio: the page that shows any app, in a server of your own.',
    ),
    page(
      '/reference/api/testing',
      '@jetlane/testing',
      'The API of @jetlane/testing: conformance suite, ledger, fault proxy.',
    ),
    page(
      '/reference/api/testing-containers',
      '@jetlane/testing/containers',
      'The API of @jetlane/testing/containers: a nats-server in a container, for tests.',
    ),
    page(
      '/reference/api/devserver',
      '@jetlane/devserver',
      'The API of @jetlane/devserver: a nats-server, or a cluster, for development and tests.',
    ),
    page(
      '/reference/api/jetlane',
      'jetlane/worker',
      'The API of jetlane/worker: run an app’s workers from a program, supervised.',
    ),
  ],
};

const explanation: Section = {
  text: 'Explanation',
  entries: [
    page(
      '/explanation/architecture',
      'Architecture',
      'What Jetlane is made of, who imports whom, and what it leaves to NATS.',
    ),
    page(
      '/explanation/message',
      'How a message travels',
      'From the constructor to the ack: each station of a message, and what can go wrong there.',
    ),
    page(
      '/explanation/delivery',
      'Delivery semantics',
      'What at least once means here, what happens twice, what once costs, and what is not promised.',
    ),
    page(
      '/explanation/ordering',
      'Ordering',
      'What order means, how lanes and partitions keep it, and where it ends.',
    ),
    page(
      '/explanation/backpressure',
      'Backpressure',
      'Where messages wait, what bounds each place, and why nothing is pushed.',
    ),
    page(
      '/explanation/tuning',
      'Tuning',
      'Which settings decide throughput and latency, and in which order to touch them.',
    ),
    page(
      '/explanation/no-ack-all',
      'Why there is no ack-all',
      'JetStream can acknowledge everything up to a message. Jetlane does not, because that loses messages.',
    ),
    page(
      '/failure',
      'When things fail',
      'What happens when a handler throws, a process dies, a broker goes away, or too much arrives.',
    ),
    page(
      '/ack-policies',
      'When a message counts as done',
      'Acknowledged when handled, or done when sent: the two ack policies, and what each may lose.',
    ),
    page(
      '/comparison',
      'Comparison',
      'Jetlane and what people weigh it against, each from its own documentation, with links.',
    ),
  ],
};

const measured: Section = {
  text: 'Measured',
  entries: [
    page(
      '/benchmarks',
      'Benchmarks',
      'How fast Jetlane is beside what others write, and how that was measured.',
    ),
    page(
      '/scale',
      'Scale',
      'What larger loads take, by a cost model that is fitted to measurements.',
    ),
    page('/reliability', 'Reliability', 'What was tried with faults, and what was found.'),
  ],
};

/** The sidebar, from top to bottom. */
export const sections: readonly Section[] = [
  tutorial,
  howTo,
  reference,
  explanation,
  measured,
  { text: 'Decisions', entries: decisions() },
];

/** What a page is about, by its path on the site. */
export function descriptionOf(link: string): string | undefined {
  const entries = [home, ...sections.flatMap((section) => section.entries)];
  return entries.find((entry) => entry.link === link)?.description;
}

function page(link: string, text: string, description: string): Entry {
  return { link, text, description };
}

/** The decision records, by number; each is described by its first sentence. */
function decisions(): Entry[] {
  const folder = fileURLToPath(new URL('../adr/', import.meta.url));
  const files = readdirSync(folder).filter((file) => /^\d+-.*\.md$/.test(file));
  const index = page('/adr/', 'All decisions', 'Decisions that someone will question later.');
  const records = files.sort().map((file): Entry => {
    const text = readFileSync(join(folder, file), 'utf8');
    const title = /^# (?:\d+\. )?(.*)$/m.exec(text)?.[1] ?? file;
    const sentence = /^(?:\*\*Decided\.\*\*|(?!#|Status)(?=\S)) ?(.*?[.:])(?=\s)/ms.exec(text)?.[1];
    const plain = (sentence ?? title).replaceAll(/[`*_]/g, '').replaceAll(/\s+/g, ' ');
    return page(`/adr/${file.replace('.md', '')}`, title.replaceAll('`', ''), plain);
  });
  return [index, ...records];
}

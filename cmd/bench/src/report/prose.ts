/** The parts of the page that do not depend on a run. */

/** How it is measured. */
export const METHOD = `## Method

- **Processes.** Each side publishes or consumes in a process of its own; the program that started them waits. All of them and the
  nats-server (file storage, default settings, one server unless three are named) share the cores of one machine.
- **Turns.** Sides play in turns, A B C, A B C, after a short round of warm-up that is not kept. A ratio is the median of the ratios within single
  rounds, ours ÷ theirs. A turn begins when the server has done with the one before: it stores, purges and collects garbage for up to
  a second longer. Tables show the median over the rounds and the range. Absolute figures belong to the machine; ratios travel.
- **Open loop.** Where a rate is given, messages have intended times of sending on a fixed schedule, and latencies count from there
  to the handler. A sender that was held up sends late and says so (no coordinated omission); beyond 3 s behind its schedule it gives up, and
  what was not sent, or not in time, stands beside the latencies, which cover what arrived. Both processes
  read one clock, CLOCK_MONOTONIC.
- **A rival that cannot hold a rate** falls behind for as long as a round lasts, and so does its latency: a ratio against it says that it
  breaks, not by how much. Where that is so, its sent/s shows it.
- **The same message** on every side: a position of 128 bytes as JSON, 1,000 subjects. Jetlane checks its schema and sends msgpack with
  nine headers; nats.js sends JSON with seven headers and does not check it.
- **Publish.** 1,024 messages on their way, one sent for each that is confirmed, on both sides. The ceiling publishes the very messages
  of the idiomatic side, by headers from a template, into a stream that confirms one in a thousand: so nothing of it is dropped, as a stream
  drops what comes faster than it stores.
- **Work.** All sides consume one stream, filled before, each with a new durable a round. The worker decodes, keeps order by key and
  acknowledges one by one; it trusts what a Jetlane publisher has checked (\`validate: 'foreign'\`). The iterator reads two
  headers, decodes and acknowledges; the callback only acknowledges. Each may hold 2,000 messages.
- **CPU a message** is what the operating system accounts to the process of that side, all its threads, divided by the messages.
- **Rivals** are the releases named with them. nestjs-jetstream 1.0.6, which runs on Node 20, is much older than 2.13.0, which needs Node 22 and whose
  documentation [the comparison](comparison.md) reads: do not take its row for that one's.
- **What each side writes** stands in \`cmd/bench/src/baselines\`, a file each.`;

/** Kept by hand: what was measured once and led nowhere, so that nobody has to try it again unknowingly. */
export const TRIED = `### What was tried and did not help

By throw-away prototypes, before the product was written, on two cores with Node 20.20 and nats-server 2.15.1:

- a larger semi-space for the garbage collector: no difference that could be told from noise;
- flushing by \`setImmediate\` instead of a microtask: no gain;
- push consumers instead of pull requests: no gain, and no backpressure;
- asking for the next messages slot by slot: half the rate of asking for half of the slots at a time;
- more publishing processes on two cores: slower, since the server needs those cores;
- JSON.parse of every PubAck: seven times the cost of comparing its known beginning by bytes (305 against 41 ns).

In the product, by micro-benchmarks and profiles on two busy cores, Node 20.20, 2026-11-21:

- one executor shared by all promises of a publisher: 71 ns, a closure for each 37;
- ids as UUIDs from a pool of random bytes: 327 ns, \`crypto.randomUUID\` 257; what is used is a random prefix and a number;
- \`utf8Write\` instead of \`latin1Write\` for frames: 531 against 600 ns, within the noise;
- copying small payloads in a loop: 136 ns for 60 bytes, \`set\` takes 26 for 113;
- waiting for more before a flush: with 256 messages on their way or more a write carries 55 to 65 of them already;
- finding a header by \`Buffer.indexOf\`: 448 ns, in the decoded text about 240; needles that are kept: 261; latin1 with a check: 313;
- pieces of 64 KiB for the socket instead of 32: 8 to 10 % fewer messages a second in two runs each; 8 and 16 KiB: no difference beyond the noise;
- acknowledging every millisecond instead of every turn of the event loop: no gain beyond the noise;
- one look at the clock a turn for arrivals instead of one a message, none for heartbeats, and headers found without making a needle, together: 5.11 and
  5.06 µs a message in 15 turns each, no gain (2026-11-22);
- 2,048 or 4,096 messages on their way instead of 1,024: no gain beyond the noise in four turns each (2026-11-22);
- the callback that only acks, made to read two headers from their bytes and to decode the msgpack, without order, checks or limits: 0.77, 0.83 and
  0.98 of itself in three runs of 12 turns (2026-11-22): the price of decoding alone, before anything that a worker promises;
- a profile of nats-server while we publish: 26 % of its time are writes to the file, one for each confirmed message, 5 % the search for headers
  (2026-11-22);
- 6 or 12 outstanding acks in an ingest instead of 3: no gain; the server caps the flow at 500 messages an ack whatever is asked for.

What did help most was none of these: a durable without a server-side filter. For a backlog nats-server walks the subjects of each
block when a consumer has several filters: 59 µs a message at 1,000 subjects and 770 at 30,000, against 5 without
(2026-11-21, nats-server 2.15.1; see ADR 0020). And reading messages past the client's parser, which makes seven views of each: 3.4 to 3.6 µs
from the parser to the ack before, 2.7 to 2.9 after; 6.96 and 5.44 µs of CPU a message for the publisher, which has an ack for each (2026-11-22; see ADR 0030).`;

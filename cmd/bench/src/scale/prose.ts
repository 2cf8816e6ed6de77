/** The parts of the page that do not depend on a run. */

/** What the page is. */
export const HEAD = `# Scale: what a larger load takes

Written by \`npm run bench -- scale --record\` from \`scale.jsonl\`; do not edit it by hand.

A cost model, fitted to measurements on one small machine and checked on points that it was not fitted to, and what it says of loads
that this machine cannot carry. It is arithmetic, not a promise: read [where it does not hold](#where-it-does-not-hold) before
buying servers, and measure on yours: \`jetlane bench scale --model mine.json\`, then \`jetlane bench plan --model mine.json\`.`;

/** What the laws are. */
export const MODEL = `## The model

A law is a sum of coefficient times variable, fitted by least squares over relative errors (memory: over absolute ones), without negative
costs. \`burst\` is the number of messages that arrive together on a connection: waking up a process, a system call, an ack
flushed are shared by all of them, so that cost falls as 1/burst. \`paced\` is what it costs more where every process slept
before the burst, as it does when senders have a rate and are not driven as fast as they can. Plans do not count it, since the busier a
process is the less it sleeps: what decides how much it can carry is the cost while there is always another message. So utilization is the
share of what a process or a server can carry; the CPU that \`top\` shows at that load is higher, and plans say how high it may be.

\`crossings\` counts how often a message goes from one server
to another because a client is connected to a server that does not lead: once to be stored and once for each service.
\`jetlane bench plan\` counts as if all of them crossed.`;

/** What to do with a plan of several streams. */
export const HOT = `### A stream that is too hot for one core

What a stream stores passes through one loop of its leader, and what a consumer is delivered through one loop of that consumer's leader: more cores
do not help them, more streams do. Give the subject a token that says which, for example a hash of the driver's id modulo the number of
streams (\`location.updated.{shard}.{driverId}\`), declare a stream for each value (\`location.updated.3.>\`), and start each service's worker
on all of them. A driver stays in one stream, so the order of each key stays too. The number of shards is as final as that of
partitions: take more than you need. Partitions are the next step down: shares of one stream, each worked on by one process at a time.`;

/** How it is measured. */
export const METHOD = `## What was measured

Publisher, services and nats-servers run in processes of their own, all on one machine; servers are started for an experiment and have
it to themselves.

- **CPU** is that of the process by the kernel's accounting (servers: user and system time in \`/proc/PID/stat\`, ticks of 10 ms), divided
  by messages. It counts work done, not time passed, so a busy machine distorts it far less than a rate or a latency.
- **Messages**: \`client.publish\` with ids, nine headers and a schema, msgpack; workers with \`orderBy\`, concurrency 256, an ack for each
  message. A burst is handed over and its acks awaited before the next; paced bursts go out on a fixed schedule. Size is that of the payload.
- **Bytes** of clients are those that went through their system calls, protocol and headers included, TCP/IP's own headers not. Bytes written
  to disk are those that the server handed to the block layer; bytes between servers are from \`/routez\`; stored bytes from JetStream.
- **Memory** is the live heap of the server after a garbage collection (\`/debug/pprof/heap?gc=1\`), and its resident memory before it: what a machine
  must have, garbage included, and what plans use.
- **Three copies**: three servers in one cluster. Stream and consumers are led by the server that clients are connected to, or by another (hop 1).
- **Consumers** are durables that want every message and ask for none, as services that are down.
- **Filters**: the server's CPU for each message that is published and delivered through so many filters, and (backlog 1) for each that is
  delivered from what was stored before. Catching up through several filters makes the server look through the subjects of what is
  stored, so it depends on how many there are; plans count only what comes in. A service that is far behind is served cheaper by one
  filter that covers all it wants.`;

/** What the figures do not say. */
export const BOUNDS = `## Where it does not hold

- **Two shared cores.** Servers, publishers and services share them, so caches are cold and threads wait for each other. CPU for each message on
  machines of their own is likely lower, and other for another CPU: measure yours, or set \`--cpu-factor\`.
- **Loopback.** No network card, no interrupts, no TLS, no loss. TLS alone costs each byte again on both sides. Round trips between servers in
  different places lengthen acks, which the model does not predict at all: it is about capacity, not latency.
- **One disk, and it is the page cache's.** \`sync_interval\` is the default of 2 minutes; with \`sync_interval: always\` a server does a small part of
  this. Reading what is no longer in memory (a service that was away for an hour) is not in the model.
- **No contention beyond two cores.** That a stream stores, and a consumer is delivered, on one core at most is how nats-server works, and is counted
  so; what locks cost between many cores is not known from here.
- **Steady load, no failure.** Plans are for the average at the given utilization. A server that fails leaves its work to the others: with three
  servers, two must carry all of it, so plan for a \`--target-utilization\` of at most two thirds of what you would run at with all of them up.
- **Handlers that do nothing, senders that only send.** Add your own CPU with \`--handler-cpu\` and \`--sender-cpu\`.
- **Connections** are silent ones over plain TCP. MQTT and WebSocket hold more for each.
- **Three copies or one.** Five were not measured. Many streams on a cluster add a Raft group each, with heartbeats of their own; tens were
  not measured, hundreds are too many.
- **Subject names** are some thirty characters here; longer ones take more memory.`;

/** The parts of the page that do not depend on a run. */

/** How it is measured. */
export const METHOD = `## Method

Each fault is tried on real nats-servers by processes of their own, which are killed, paused and cut off like those of an
application. What they do they write to append-only ledgers: before a message is handed to \`publish\` (sent), after its
\`publish\` has resolved (acked), when a handler begins and ends (began, delivered), when an effect is committed (effect).
One append is one system call that returns before the process goes on, so a ledger survives kill -9 of its writer.

A run is judged by its ledgers and by what the servers hold in the end, read back message by message:

- **safe**: nothing acknowledged is lost, no effect happened twice, no key was handled out of order, and what else the
  fault's section says;
- **the fault bit**: the run proves that its fault happened and was felt, or it does not count;
- **recovered**: from the end of the fault until a second in which at least 95 % of the undisturbed rate was done, counted from
  the first thing done in it; for several faults the longest. \`leader-pause\`, which heals itself, counts from the stop of the
  leader; \`stream-full\` and \`power\` until the first thing works again. Reported, never judged: times belong to the machine.

The seed decides what is killed, when and for how long. It does not decide how the operating system schedules: a run with the same seed does
the same things at about the same moments.`;

/** What the figures do not say. */
export const BOUNDS = `## Bounds

- Three servers on one machine share a kernel, a disk and its cores. They prove the logic (elections, quorum, retries under one id), not the
  independence of hardware: one power cut ends all three.
- kill -9 of a server loses nothing that it wrote to the kernel. Power cuts are another fault: see \`power\`.
- Clocks are those of one machine: nothing here is about clocks that disagree.
- A publish whose ack was lost is stored once within the stream's deduplication window (2 minutes by default), not beyond it.
- Memory in \`stream-full\` is what is in use after a garbage collection; resident memory, which holds what V8 has set aside, grew by more and is
  among the figures. A publish that waits costs about 2 kB beside its payload. With the default limits 16,640 may wait, or 40 MiB of
  payload, whichever is less: so large messages can take more than the 50 MB that small ones stay under. Lower \`maxInFlight\` or
  \`maxInFlightBytes\` where that is too much.
- Without \`sync_interval: always\` a power cut of all replicas takes what was acknowledged since the last sync: that is nats-server's default, and
  \`power\` measures it. The share that is lost there says when the run synced (half way), not how much a cut takes elsewhere.
- Rates are those of a steady publisher, far below what the machine can do: a fault is easier to see then. They are no benchmark.`;

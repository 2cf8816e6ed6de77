/** What the sides are called for readers. */
const NAMES: Readonly<Record<string, string>> = {
  jetlane: 'Jetlane',
  idiomatic: 'nats.js, idiomatic',
  ceiling: 'core publish, unconfirmed',
  worker: 'Jetlane worker',
  iterator: 'nats.js iterator, same work',
  callback: 'nats.js callback, acks only',
  core: 'core NATS (the floor)',
  ingest: 'publishAll, fast ingest',
  window: 'publishAll, window',
  r3: 'three replicas',
  r1: 'one replica',
};

/** See the head of this file. */
export function nameOf(side: string): string {
  return NAMES[side] ?? side;
}

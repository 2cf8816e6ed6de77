/**
 * Who takes which partition. Every process computes it for itself from the list of members that it knows, and equal lists
 * give equal answers; while lists differ for a moment, the server's pin decides. Pure.
 */

/**
 * The members by partition: even (loads differ by one at most), the same whatever the order of `members`, and with few moves
 * when one joins or leaves: each partition has an order of preference of its own. Undefined entries: nobody is there.
 */
export function assign(members: readonly string[], count: number): readonly (string | undefined)[] {
  const sorted = [...new Set(members)].sort();
  const base = Math.floor(count / Math.max(1, sorted.length));
  const extra = count % Math.max(1, sorted.length);
  const left = new Map(sorted.map((member, index) => [member, base + (index < extra ? 1 : 0)]));
  return Array.from({ length: count }, (_, partition) => {
    const owner = favourite(sorted, partition, left);
    if (owner !== undefined) left.set(owner, (left.get(owner) as number) - 1);
    return owner;
  });
}

function favourite(
  members: readonly string[],
  partition: number,
  left: ReadonlyMap<string, number>,
): string | undefined {
  let best: string | undefined;
  let bestScore = -1;
  for (const member of members) {
    if (left.get(member) === 0) continue;
    const score = fnv1a(`${partition}:${member}`);
    if (score <= bestScore) continue;
    best = member;
    bestScore = score;
  }
  return best;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  // The last characters of fnv1a move its low bits most; a final mix spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

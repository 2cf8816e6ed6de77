/**
 * Finds drivers whose reports cannot all be true. Pure. Two rules: one phone moved faster than any
 * car, over more than a bad GPS fix explains; or two phones take turns under one driver's name.
 * Each driver is flagged once for each reason.
 */
import { distanceM, type LatLng } from '../city/plane.ts';

/** What the detector needs of a report. */
export interface Claim extends LatLng {
  readonly driverId: string;
  readonly deviceId: string;
  readonly takenAtMs: number;
}

/** A driver caught. */
export interface Flag {
  readonly driverId: string;
  readonly reason: 'teleport' | 'two-devices';
  readonly impliedMps: number;
}

/** Faster than any car here (60 m/s is 216 km/h). */
const IMPOSSIBLE_MPS = 60;
/** Bad fixes stay within a few hundred metres. */
const BAD_FIX_M = 800;
/** Silent for so long, a phone counts as gone. */
const FORGET_MS = 120_000;

interface Phones {
  readonly last: Map<string, Claim>;
  latest: Claim;
  readonly reasons: Set<Flag['reason']>;
}

/** An empty detector. Reports of one driver should come in order; late ones are ignored. */
export function fraudDetector(): (claim: Claim) => Flag | undefined {
  const drivers = new Map<string, Phones>();
  return (claim) => {
    const known = drivers.get(claim.driverId);
    if (!known) {
      const last = new Map([[claim.deviceId, claim]]);
      drivers.set(claim.driverId, { last, latest: claim, reasons: new Set() });
      return undefined;
    }
    const before = known.last.get(claim.deviceId);
    if (before && before.takenAtMs >= claim.takenAtMs) return undefined;
    const flag = judge(known, before, claim);
    known.last.set(claim.deviceId, claim);
    if (claim.takenAtMs > known.latest.takenAtMs) known.latest = claim;
    for (const [deviceId, { takenAtMs }] of known.last) {
      if (claim.takenAtMs - takenAtMs > FORGET_MS) known.last.delete(deviceId);
    }
    if (!flag || known.reasons.has(flag.reason)) return undefined;
    known.reasons.add(flag.reason);
    return flag;
  };
}

function judge(known: Phones, before: Claim | undefined, claim: Claim): Flag | undefined {
  const { driverId } = claim;
  const apartM = distanceM(known.latest, claim);
  const impliedMps = speedMps(known.latest, claim);
  const far = apartM > BAD_FIX_M && impliedMps > IMPOSSIBLE_MPS;
  const otherPhone = known.latest.deviceId !== claim.deviceId;
  // Back to a phone that another had replaced, or a new one at a place out of reach.
  if (otherPhone && (before || far)) return { driverId, reason: 'two-devices', impliedMps };
  if (!otherPhone && far) return { driverId, reason: 'teleport', impliedMps };
  return undefined;
}

function speedMps(a: Claim, b: Claim): number {
  const seconds = Math.max(0.001, Math.abs(b.takenAtMs - a.takenAtMs) / 1000);
  return distanceM(a, b) / seconds;
}

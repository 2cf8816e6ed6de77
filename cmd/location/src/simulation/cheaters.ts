/**
 * Drivers who cheat, and the truth about them. Some pretend to be elsewhere for a few reports
 * (`teleport`); some let a second phone report under their name from its own place (`two-devices`).
 * Honest oddities are here too, or finding cheaters would be too easy: now and then a fix is off by
 * up to 250 m, and now and then a driver changes phones.
 */
import { type Random, seededRandom } from '../city/random.ts';

/** How a driver cheats. */
export type Cheat = 'teleport' | 'two-devices';

/** What the simulator alone knows: who cheats how, and since when it could be seen. */
export interface Truth {
  readonly cheats: ReadonlyMap<string, Cheat>;
  /** Drivers whose cheating has begun: only these can have been found. */
  readonly begun: ReadonlySet<string>;
}

/** Decides what a phone reports instead of the plain truth. */
export interface Cheaters extends Truth {
  /** The driver in whose name a phone reports. */
  driverId(phone: number): string;
  deviceId(phone: number): string;
  /** Metres east and north to add to the position of this report. */
  offsetM(phone: number, atMs: number): readonly [number, number];
  /** Notes that this phone reported; from its driver's second phone on, the cheat has begun. */
  reported(phone: number): void;
  /** A second phone only reports, it cannot take rides. */
  isSecondPhone(phone: number): boolean;
}

const CHEATER_SHARE = 0.004;
const GLITCH_CHANCE = 0.0004;
const NEW_PHONE_CHANCE = 0.00002;
const NONE = [0, 0] as const;

interface Jump {
  nextMs: number;
  untilMs: number;
  offset: readonly [number, number];
}

/** Chooses the cheaters of a seed: 0.4 % of the phones, at least one of each kind from 4 phones on. */
export function cheaters(options: { seed: number; phones: number; intervalMs: number }): Cheaters {
  const { seed, phones, intervalMs } = options;
  const random = seededRandom(seed, 'cheaters');
  const pairs = phones < 4 ? 0 : Math.max(1, Math.round((phones * CHEATER_SHARE) / 2));
  const jumps = new Map<number, Jump>();
  const owner = new Map<number, number>(); // second phone -> its driver's first
  const cheats = new Map<string, Cheat>();
  const begun = new Set<string>();
  const chosen = Int32Array.from({ length: phones }, (_, phone) => phone);
  random.shuffle(chosen);
  for (let i = 0; i < pairs; i++) {
    const [jumper, first, second] = chosen.slice(i * 3, i * 3 + 3) as unknown as number[];
    if (jumper === undefined || first === undefined || second === undefined) break;
    const nextMs = intervalMs * random.between(1.2, 4);
    jumps.set(jumper, { nextMs, untilMs: 0, offset: NONE });
    owner.set(second, first);
    cheats.set(name(jumper), 'teleport').set(name(first), 'two-devices');
  }
  const reports = new Map<number, number>(); // first phone -> bits of which phones reported
  const phoneOf = new Int32Array(phones).fill(1);
  // Names are asked for with every report, and hardly ever change.
  const drivers = Array.from({ length: phones }, (_, phone) => name(owner.get(phone) ?? phone));
  const devices = Array.from({ length: phones }, (_, phone) => deviceName(phone, 1));
  const twoPhones = new Set([...owner.values()]);
  const noise = seededRandom(seed, 'oddities');

  return {
    cheats,
    begun,
    driverId: (phone) => drivers[phone] as string,
    deviceId: (phone) => devices[phone] as string,
    isSecondPhone: (phone) => owner.has(phone),
    offsetM(phone, atMs) {
      const jump = jumps.get(phone);
      if (jump) return jumpOffset(jump, atMs, intervalMs, random, () => begun.add(name(phone)));
      if (noise.chance(GLITCH_CHANCE)) return aside(noise, 80, 250);
      return NONE;
    },
    reported(phone) {
      if (noise.chance(NEW_PHONE_CHANCE)) {
        const next = (phoneOf[phone] as number) + 1;
        phoneOf[phone] = next;
        devices[phone] = deviceName(phone, next);
      }
      const first = owner.get(phone) ?? phone;
      if (!twoPhones.has(first)) return;
      const bits = (reports.get(first) ?? 0) | (first === phone ? 1 : 2);
      reports.set(first, bits);
      if (bits === 3) begun.add(name(first));
    },
  };
}

const deviceName = (phone: number, number: number) => `phone-${phone}-${number}`;
const name = (phone: number) => `d-${String(phone).padStart(5, '0')}`;

/** Away for three to five reports, then back for five to fifteen, and so on. */
function jumpOffset(
  jump: Jump,
  atMs: number,
  intervalMs: number,
  random: Random,
  begin: () => void,
): readonly [number, number] {
  if (atMs < jump.untilMs) return jump.offset;
  if (atMs < jump.nextMs) return NONE;
  jump.offset = aside(random, 2500, 6000);
  jump.untilMs = atMs + intervalMs * random.between(2.5, 4.5);
  jump.nextMs = jump.untilMs + intervalMs * random.between(5, 15);
  begin();
  return jump.offset;
}

function aside(random: Random, nearM: number, farM: number): readonly [number, number] {
  const angle = random.between(0, 2 * Math.PI);
  const metres = random.between(nearM, farM);
  return [metres * Math.cos(angle), metres * Math.sin(angle)];
}

/**
 * The simulated world, without any messaging: it says which report is due when, and what it holds.
 * Reports fall due in a fixed cycle, evenly spread: with 10,000 phones and 4 s, one each 0.4 ms.
 *
 * Movement is numbers in columns, names are made once a phone, and a report's H3 cell is looked up only where the phone may
 * have left its last one (see `cellFinder`); the report itself is the only object made. It costs about 2 µs.
 */
import { type City, generateCity } from '../city/city.ts';
import { toLat, toLng } from '../city/plane.ts';
import { seededRandom } from '../city/random.ts';
import { cellFinder } from './cell-finder.ts';
import { type Cheaters, cheaters } from './cheaters.ts';
import { Fleet, type Trip } from './fleet.ts';
import { type Riders, riders } from './riders.ts';

/** What one phone reports. */
export interface Report {
  readonly driverId: string;
  readonly deviceId: string;
  readonly seq: number;
  readonly cell: string;
  readonly lat: number;
  readonly lng: number;
  readonly headingDeg: number;
  readonly speedMps: number;
  readonly status: 'free' | 'assigned' | 'on-trip';
  readonly takenAtMs: number;
  readonly trip?: {
    readonly rideId: string;
    readonly leg: Trip['leg'];
    readonly to: { readonly lat: number; readonly lng: number };
  };
}

/** A leg of a ride that really ended. */
export interface LegEnd {
  readonly rideId: string;
  readonly driverId: string;
  readonly leg: Trip['leg'];
  readonly atMs: number;
}

/** The world. */
export interface Simulation {
  readonly city: City;
  readonly riders: Riders;
  readonly cheaters: Cheaters;
  /** Sets when the world begins; nothing moves before. Default: time 0. */
  begin(startMs: number): void;
  /** When the next report is meant to be sent. */
  readonly dueMs: number;
  /** Reports that are due before this time, and were not taken. */
  dueBefore(atMs: number): number;
  /** Moves the phone whose turn it is and returns its report. */
  report(): Report;
  /** Sends a driver to a rider. False if the driver is not free or unknown. */
  assign(driverId: string, ride: Pick<Trip, 'rideId' | 'pickUp' | 'dropOff'>): boolean;
  /** Legs that ended since the last call. */
  takeLegEnds(): LegEnd[];
}

/** How to make a {@link Simulation}. */
export interface SimulationOptions {
  readonly seed: number;
  /** Phones that report; a few drivers, the cheaters, have two. */
  readonly drivers: number;
  readonly intervalMs: number;
}

const GPS_NOISE_M = 4;
const RIDES_PER_DRIVER_SECOND = 0.001;
const RIDES_PER_SECOND_MIN = 0.5;
/** How long cars have been driving when the run begins. */
const AWAKE_MS = 60_000;
const EARLY_SHARE = 0.2;
const EARLY_MIN_M = 100;
const EARLY_MAX_M = 3000;

/** Builds the world of a seed. Takes about half a second for 10,000 drivers. */
export function simulation(options: SimulationOptions): Simulation {
  const { seed, drivers, intervalMs } = options;
  const city = generateCity(seed);
  const crooked = cheaters({ seed, phones: drivers, intervalMs });
  const legEnds: LegEnd[] = [];
  let startMs = 0;
  const cars = new Fleet(city, seededRandom(seed, 'fleet'), {
    count: drivers,
    onLegEnded: (car, trip, leg, atMs) =>
      legEnds.push({
        rideId: trip.rideId,
        driverId: crooked.driverId(car),
        leg,
        atMs: startMs + atMs - AWAKE_MS,
      }),
  });
  wakeUp(cars, { seed, phones: drivers, crooked });
  legEnds.length = 0; // nobody heard of those
  const turns = Int32Array.from({ length: drivers }, (_, phone) => phone);
  seededRandom(seed, 'turns').shuffle(turns);
  const carOf = new Map<string, number>();
  for (let phone = 0; phone < drivers; phone++) {
    if (!crooked.isSecondPhone(phone)) carOf.set(crooked.driverId(phone), phone);
  }
  let count = 0;

  const takeReport = reporter({ seed, phones: drivers, cars, crooked });

  const people = riders(city, {
    seed,
    perSecond: Math.max(RIDES_PER_SECOND_MIN, drivers * RIDES_PER_DRIVER_SECOND),
  });
  return {
    city,
    cheaters: crooked,
    riders: people,
    begin(atMs) {
      startMs = atMs;
      people.begin(atMs);
    },
    get dueMs() {
      return startMs + (count * intervalMs) / drivers;
    },
    dueBefore: (atMs) => Math.max(0, Math.ceil(((atMs - startMs) * drivers) / intervalMs) - count),
    report() {
      const runMs = (count * intervalMs) / drivers;
      return takeReport(turns[count++ % drivers] as number, startMs, runMs);
    },
    assign(driverId, ride) {
      const car = carOf.get(driverId);
      return car !== undefined && cars.assign(car, ride);
    },
    takeLegEnds: () => legEnds.splice(0),
  };
}

/**
 * The city is awake when the run begins: cars have been driving for a while, and a fifth of them
 * have a rider on board.
 */
function wakeUp(
  cars: Fleet,
  { seed, phones, crooked }: { seed: number; phones: number; crooked: Cheaters },
): void {
  const random = seededRandom(seed, 'early riders');
  for (let car = 0; car < phones; car++) {
    if (!random.chance(EARLY_SHARE) || crooked.isSecondPhone(car)) continue;
    const [xM, yM] = [cars.xM(car), cars.yM(car)];
    const angle = random.between(0, 2 * Math.PI);
    const metres = random.between(EARLY_MIN_M, EARLY_MAX_M);
    cars.board(car, {
      rideId: `r-early-${car}`,
      pickUp: { lat: toLat(yM), lng: toLng(xM) },
      dropOff: {
        lat: toLat(yM + metres * Math.sin(angle)),
        lng: toLng(xM + metres * Math.cos(angle)),
      },
    });
  }
  for (let car = 0; car < phones; car++) cars.advance(car, AWAKE_MS);
}

/** Makes what moves a phone until `runMs` after the start and says what it then reports. */
function reporter(world: { seed: number; phones: number; cars: Fleet; crooked: Cheaters }) {
  const { cars, crooked } = world;
  const gps = seededRandom(world.seed, 'gps');
  const seqs = new Int32Array(world.phones);
  const cellOf = cellFinder(world.phones);
  return (phone: number, startMs: number, runMs: number): Report => {
    const seq = (seqs[phone] as number) + 1;
    seqs[phone] = seq;
    cars.advance(phone, AWAKE_MS + runMs);
    const [eastM, northM] = crooked.offsetM(phone, runMs);
    crooked.reported(phone);
    const lat = round(toLat(cars.yM(phone) + northM + gps.normal() * GPS_NOISE_M));
    const lng = round(toLng(cars.xM(phone) + eastM + gps.normal() * GPS_NOISE_M));
    const trip = cars.trip(phone);
    const report: Making = {
      driverId: crooked.driverId(phone),
      deviceId: crooked.deviceId(phone),
      seq,
      cell: cellOf(phone, lat, lng),
      lat,
      lng,
      headingDeg: Math.round(cars.headingDeg(phone)),
      speedMps: Math.round(cars.speedMps(phone) * 10) / 10,
      status: statusOf(trip, crooked.isSecondPhone(phone)),
      takenAtMs: startMs + runMs,
    };
    if (trip) report.trip = wayOf(trip);
    return report;
  };
}

type Making = { -readonly [Field in keyof Report]: Report[Field] };

function statusOf(trip: Trip | undefined, secondPhone: boolean): Report['status'] {
  if (!trip) return secondPhone ? 'on-trip' : 'free';
  return trip.leg === 'pick-up' ? 'assigned' : 'on-trip';
}

function wayOf({ rideId, leg, pickUp, dropOff }: Trip): NonNullable<Report['trip']> {
  return { rideId, leg, to: leg === 'pick-up' ? pickUp : dropOff };
}

/** Seven decimals are a centimetre. */
const round = (degrees: number) => Math.round(degrees * 1e7) / 1e7;

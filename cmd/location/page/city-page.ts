/** Puts the page together: what is heard goes to who keeps it, and every frame draws what they keep. */
import { announcer } from './announcer.ts';
import { type Camera, camera } from './camera.ts';
import { choicesIn } from './choices-in.ts';
import { type Crowd, crowd } from './crowd.ts';
import { drawCrowd } from './crowd-scene.ts';
import { type Drivers, drivers } from './drivers.ts';
import { frameWork } from './frame-work.ts';
import { gestures } from './gestures.ts';
import { ground } from './ground.ts';
import { type Link, link } from './link.ts';
import { liveHub } from './live.ts';
import { type Palette, readPalette, surgeStep } from './palette.ts';
import { pick, pickCluster } from './picking.ts';
import { reloadOnce } from './reload.ts';
import { type Rides, rides } from './rides.ts';
import { drawScene } from './scene.ts';
import { mountStory } from './story/story.tsx';
import { type Traffic, traffic } from './traffic.ts';
import { type Trail, trail } from './trail.ts';
import { steady } from './ui/choices.tsx';
import type { Choice, Model, Selection } from './ui/model.ts';
import { overlay } from './ui/overlay.tsx';
import type { CityMap, CityMessage, Scope, TrailOf } from './wire.ts';

/** The places of the page, and what it starts from. */
export interface CityPageOptions {
  readonly city: CityMap;
  readonly build: string;
  readonly map: HTMLCanvasElement;
  readonly ground: HTMLCanvasElement;
  readonly overlay: HTMLElement;
  readonly summary: HTMLElement;
  readonly story: HTMLElement;
}

const VIEW_SETTLES_MS = 150;
const PANELS_EVERY_MS = 250;
/** Who wants no motion sees a new picture so often. */
const STILL_EVERY_MS = 1000;
const BEHIND_SHOWN_MS = 8000;
const NEAR_SCALE = 0.25;
const CLUSTER_ZOOM = 2.5;
const EDGE_SHARE = 0.12;

/** Starts everything; it runs for as long as the page is open. */
export function cityPage(places: CityPageOptions): void {
  new CityPage(places).start();
}

class CityPage {
  readonly #places: CityPageOptions;
  readonly #drivers: Drivers;
  readonly #rides: Rides;
  readonly #crowd: Crowd;
  readonly #prices = new Map<string, number>();
  readonly #trail: Trail = trail();
  readonly #traffic: Traffic = traffic();
  readonly #work = frameWork();
  readonly #reduced = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #camera: Camera;
  readonly #link: Link;
  readonly #hub = liveHub(() => this.#link.clock.nowMs());
  readonly #showPanels: (model: Model) => void;
  readonly #announce: (model: Model) => void;
  #palette: Palette = readPalette();
  #scope: Scope | undefined;
  #selected: TrailOf | undefined;
  #choices: readonly Choice[] | undefined;
  #behind: { readonly ms: number; readonly untilMs: number } | undefined;
  #outdated = false;
  /** What was last said to stand still, and when. */
  #stall: { readonly told: NonNullable<Model['stall']>; readonly heardMs: number } | undefined;
  #begun = false;
  #groundStale = true;
  #stale = true;
  #settling: ReturnType<typeof setTimeout> | undefined;
  /** What is shown stands still at this time, while nothing is heard. */
  #frozenMs: number | undefined;
  #drawnMs = 0;
  #panelsMs = Number.NEGATIVE_INFINITY;

  constructor(places: CityPageOptions) {
    const { city } = places;
    this.#places = places;
    this.#drivers = drivers(city);
    this.#rides = rides(city);
    this.#crowd = crowd(city);
    this.#camera = camera(city, () => this.#viewChanged());
    this.#link = link(places.build, {
      heard: (message, bytes) => this.#work.during(() => this.#hear(message, bytes)),
      changed: (state) => {
        this.#frozenMs = state.phase === 'live' ? undefined : (this.#frozenMs ?? performance.now());
        this.#hub.linked(state);
        this.#refresh();
      },
      outdated: (build) => {
        this.#outdated = !reloadOnce(build);
        this.#refresh();
      },
    });
    this.#announce = announcer(places.summary);
    this.#showPanels = overlay(places.overlay, {
      zoom: (factor) => this.#camera.zoom(factor),
      showAll: () => this.#camera.showAll(),
      select: (of) => this.#select(of),
      tryNow: () => this.#link.tryNow(),
      reload: () => location.reload(),
      toggleChoices: () => {
        this.#choices = this.#choices ? undefined : this.#listed();
        this.#refresh();
      },
    });
  }

  start(): void {
    const { map, story } = this.#places;
    mountStory(story, this.#hub);
    gestures(map, this.#camera, {
      tap: (xPx, yPx, reachPx) => this.#tap(xPx, yPx, reachPx),
      step: (by) => this.#step(by),
      escape: () => this.#select(undefined),
    });
    addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && this.#choices) this.#choices = undefined;
      else if (key === 'Escape' && this.#selected) this.#select(undefined);
      else return;
      this.#refresh();
      map.focus();
    });
    new ResizeObserver(() => this.#fit()).observe(map);
    const themes = matchMedia('(prefers-color-scheme: dark)');
    themes.addEventListener('change', () => {
      this.#palette = readPalette();
      this.#groundStale = true;
      this.#stale = true;
    });
    this.#fit();
    const paint = ground(this.#places.ground, this.#places.city, this.#camera, this.#prices);
    const pen = map.getContext('2d') as CanvasRenderingContext2D;
    const frame = (nowMs: number) => {
      this.#work.during(() => {
        if (this.#groundStale) paint.draw(this.#palette);
        this.#groundStale = false;
        this.#frame(pen, nowMs);
      });
      this.#work.end();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    this.#expose();
  }

  #hear(message: CityMessage, bytes: number): void {
    const nowMs = performance.now();
    this.#traffic.frame(bytes, nowMs);
    switch (message.kind) {
      case 'snapshot':
      case 'moved': {
        const whole = message.kind === 'snapshot';
        this.#begun = true;
        if (!whole) this.#traffic.reports(message.drivers.length, nowMs);
        this.#drivers.put(message.drivers, nowMs, whole);
        this.#rides.put(message.rides ?? [], nowMs, whole);
        break;
      }
      case 'crowd':
        this.#begun = true;
        this.#traffic.reports(
          message.cells.reduce((sum, row) => sum + row[6], 0),
          nowMs,
        );
        this.#crowd.put(message.cells);
        this.#stale = true;
        break;
      case 'scope':
        this.#rescope(message);
        break;
      case 'flagged':
        this.#drivers.flag(message.drivers, message.whole === true);
        break;
      case 'surge':
        if (message.whole) this.#prices.clear();
        for (const [cell, multiplier] of message.cells) this.#prices.set(cell, multiplier);
        this.#groundStale = true;
        break;
      case 'figures': {
        const { stall, unconfirmed } = message.figures;
        const told = stall && { ...stall, waiting: unconfirmed };
        this.#stall = told ? { told, heardMs: nowMs } : undefined;
        break;
      }
      case 'slow':
        this.#behind = { ms: message.behindMs, untilMs: nowMs + BEHIND_SHOWN_MS };
        break;
      case 'trail':
        this.#trail.past(message, message.past, message.problem);
        break;
      case 'trailed':
        this.#trail.add(message, message.entry, this.#link.clock.nowMs());
        break;
      default:
    }
    this.#hub.tell(message);
  }

  #rescope(scope: Scope): void {
    this.#scope = scope;
    if (scope.aggregated) {
      this.#drivers.clear();
      this.#rides.clear();
    } else this.#crowd.clear();
    this.#stale = true;
  }

  #frame(pen: CanvasRenderingContext2D, nowMs: number): void {
    if (nowMs - this.#panelsMs >= PANELS_EVERY_MS) this.#panels(nowMs);
    const still = this.#reduced.matches;
    const nobody = this.#drivers.count + this.#rides.count === 0;
    const resting = this.#scope?.aggregated || nobody || this.#frozenMs !== undefined;
    const due = still ? nowMs - this.#drawnMs >= STILL_EVERY_MS : !resting;
    if (!due && !this.#stale) return;
    this.#stale = false;
    this.#drawnMs = nowMs;
    const shownMs = this.#frozenMs ?? nowMs;
    const cut = this.#frozenMs !== undefined && this.#begun;
    const ratio = devicePixelRatio;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.#scope?.aggregated) {
      drawCrowd(pen, this.#camera, this.#palette, this.#crowd, cut);
      return;
    }
    this.#drivers.advance(shownMs, still, this.#stall !== undefined);
    drawScene(pen, this.#camera, this.#palette, {
      drivers: this.#drivers,
      rides: this.#rides,
      selected: this.#selected,
      cityMs: this.#shownCityMs(nowMs),
      nowMs: shownMs,
      still,
      cut,
    });
  }

  #panels(nowMs: number): void {
    this.#panelsMs = nowMs;
    if (this.#frozenMs === undefined) this.#rides.sweep(nowMs);
    if (this.#behind && this.#behind.untilMs < nowMs) this.#behind = undefined;
    if (this.#choices) this.#choices = steady(this.#choices, this.#listed());
    const model = this.#model(nowMs);
    this.#showPanels(model);
    this.#announce(model);
  }

  /** The city's time as far as the page knows the city: while nothing is heard it stands still, and countdowns with it. */
  #shownCityMs(nowMs: number): number {
    return this.#link.clock.nowMs() - (nowMs - (this.#frozenMs ?? nowMs));
  }

  #model(nowMs: number): Model {
    const aggregated = this.#scope?.aggregated === true;
    let waiting = 0;
    for (const { stage } of this.#rides.all) if (stage === 'waiting') waiting++;
    let flagged = this.#crowd.flagged;
    if (!aggregated)
      for (const id of this.#drivers.flags.keys()) if (this.#drivers.find(id)) flagged++;
    let surging = 0;
    for (const multiplier of this.#prices.values()) if (surgeStep(multiplier) >= 0) surging++;
    return {
      link: this.#link.state,
      nowMs,
      cityMs: this.#shownCityMs(nowMs),
      begun: this.#begun,
      scope: this.#scope,
      whole: this.#camera.whole,
      drivers: aggregated ? this.#crowd.drivers : this.#drivers.count,
      rides: this.#rides.count,
      waiting,
      flagged,
      surging,
      rates: this.#traffic.rates(nowMs),
      behindMs: this.#behind?.ms,
      outdated: this.#outdated,
      stall: this.#stallAt(nowMs),
      workMs: this.#work.quantileMs(0.95),
      selection: this.#selection(),
      choices: this.#choices,
    };
  }

  /** It goes on until the demo says something else. */
  #stallAt(nowMs: number): Model['stall'] {
    if (!this.#stall) return undefined;
    const { told, heardMs } = this.#stall;
    return { ...told, forMs: told.forMs + nowMs - heardMs };
  }

  #selection(): Selection | undefined {
    const of = this.#selected;
    if (!of) return undefined;
    const driverOf = of.of === 'driver' ? of.id : this.#rides.find(of.id)?.driverId;
    const driver = driverOf ? this.#drivers.find(driverOf) : undefined;
    const ride = of.of === 'ride' ? this.#rides.find(of.id) : this.#rides.ofDriver(of.id);
    const flag = driverOf ? this.#drivers.flags.get(driverOf) : undefined;
    return { of, driver, ride, flag, trail: this.#trail };
  }

  #select(of: TrailOf | undefined): void {
    if (of?.id === this.#selected?.id && of?.of === this.#selected?.of) return;
    this.#selected = of;
    this.#trail.begin(of);
    this.#link.follow(of);
    this.#refresh();
  }

  /** Selects, and brings into view. */
  #lookAt(of: TrailOf): void {
    this.#select(of);
    const { driver, ride } = this.#selection() ?? {};
    const at = driver ?? ride?.pickUp;
    if (!at) return;
    const { widthPx, heightPx, scale } = this.#camera;
    const [x, y] = [this.#camera.x(at.x) / widthPx, this.#camera.y(at.y) / heightPx];
    const inside = Math.min(x, y, 1 - x, 1 - y) > EDGE_SHARE;
    if (!inside || scale < NEAR_SCALE / 2) this.#camera.lookAt(at.x, at.y, NEAR_SCALE);
  }

  #tap(xPx: number, yPx: number, reachPx: number): void {
    if (!this.#scope?.aggregated) {
      const shown = { drivers: this.#drivers, rides: this.#rides };
      return this.#select(pick(this.#camera, shown, [xPx, yPx], reachPx));
    }
    const cluster = pickCluster(this.#camera, this.#crowd, xPx, yPx);
    if (cluster) this.#camera.lookAt(cluster.x, cluster.y, this.#camera.scale * CLUSTER_ZOOM);
  }

  #step(by: 1 | -1): void {
    const all = this.#listed();
    const at = all.findIndex(({ key }) => key === this.#selected?.id);
    const next = at === -1 ? 0 : (at + by + all.length) % all.length;
    all[next]?.choose();
  }

  #listed(): Choice[] {
    return choicesIn({
      camera: this.#camera,
      drivers: this.#drivers,
      rides: this.#rides,
      crowd: this.#scope?.aggregated ? this.#crowd : undefined,
      choose: (of) => this.#lookAt(of),
      zoomTo: (x, y) => this.#camera.lookAt(x, y, this.#camera.scale * CLUSTER_ZOOM),
    });
  }

  #refresh(): void {
    this.#stale = true;
    this.#panelsMs = Number.NEGATIVE_INFINITY;
  }

  #viewChanged(): void {
    this.#groundStale = true;
    this.#stale = true;
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#link.show(this.#camera.view());
    }, VIEW_SETTLES_MS);
  }

  #fit(): void {
    const { map, ground: under } = this.#places;
    for (const canvas of [map, under]) {
      canvas.width = Math.round(map.clientWidth * devicePixelRatio);
      canvas.height = Math.round(map.clientHeight * devicePixelRatio);
    }
    this.#camera.resize(map.clientWidth, map.clientHeight);
  }

  /** For measurements and for the curious: `jetlane.frames` in the console. */
  #expose(): void {
    const where = (id: string) => {
      const driver = this.#drivers.find(id);
      if (!driver) return undefined;
      const { x, y, headingDeg } = driver;
      return { x, y, headingDeg, left: this.#camera.x(x), top: this.#camera.y(y) };
    };
    const ids = () => [...this.#drivers.all].map(({ id }) => id);
    Object.assign(window, { jetlane: { frames: this.#work, where, ids } });
  }
}

/** A flame graph: how the CPU time of a process divides over its call stacks, callers below what they call. Pure. */
import { escaped, picture, round } from './svg.ts';

/** A frame with all that it called: its own time included in `us`. */
export interface Flame {
  readonly name: string;
  readonly us: number;
  readonly calls: readonly Flame[];
}

/** The part of a `.cpuprofile` that is read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Frames below that share of the whole are left out. */
const SHARE_MIN = 0.004;
const DEPTH_MAX = 40;
/** Waiting is not work. */
const IDLE = new Set(['(idle)', '(program)', '(root)']);

/** Reads a profile of `node --cpu-prof`: equal callees of one caller are put together, what is small is left out. */
export function toFlame({ nodes, samples, timeDeltas }: CpuProfile, title: string): Flame {
  const own = new Map<number, number>();
  samples.forEach(
    (id, i) => void own.set(id, (own.get(id) ?? 0) + Math.max(0, timeDeltas[i] ?? 0)),
  );
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const build = (ids: readonly number[], name: string, depth: number): Flame => {
    const groups = new Map<string, number[]>();
    for (const id of ids)
      for (const child of byId.get(id)?.children ?? []) {
        const key = nameOf(byId.get(child)?.callFrame);
        groups.set(key, [...(groups.get(key) ?? []), child]);
      }
    const calls =
      depth >= DEPTH_MAX
        ? []
        : [...groups]
            .filter(([key]) => !IDLE.has(key))
            .map(([key, group]) => build(group, key, depth + 1));
    const ownUs = ids.reduce((sum, id) => sum + (own.get(id) ?? 0), 0);
    const us = calls.reduce((sum, each) => sum + each.us, depth === 0 ? 0 : ownUs);
    return { name, us, calls };
  };
  const roots = nodes.filter(({ callFrame }) => callFrame.functionName === '(root)');
  const whole = build(
    roots.map(({ id }) => id),
    title,
    0,
  );
  return pruned(whole, whole.us * SHARE_MIN);
}

const WIDTH = 1_000;
const ROW = 17;
const TOP = 44;
/** Of a letter, in pixels. */
const LETTER = 5.6;

/** The picture. */
export function flameGraph(flame: Flame, words: string): string {
  const rows = depthOf(flame);
  const bottom = TOP + rows * ROW;
  const body: string[] = [];
  const draw = (frame: Flame, x: number, depth: number): void => {
    const width = (frame.us / flame.us) * (WIDTH - 16);
    const y = bottom - (depth + 1) * ROW;
    const percent = ((frame.us / flame.us) * 100).toFixed(1);
    const letters = Math.floor((width - 6) / LETTER);
    const label = letters < 4 ? '' : clip(frame.name, letters);
    body.push(
      `<g><title>${escaped(`${frame.name}: ${percent} %`)}</title><rect class="frame" x="${round(x)}" y="${y}" width="${round(Math.max(width, 0.5))}" height="${ROW - 1}" fill="${colourOf(frame.name)}"/><text x="${round(x + 3)}" y="${y + 12}">${escaped(label)}</text></g>`,
    );
    let next = x;
    for (const call of [...frame.calls].sort((a, b) => b.us - a.us)) {
      draw(call, next, depth + 1);
      next += (call.us / flame.us) * (WIDTH - 16);
    }
  };
  draw(flame, 8, 0);
  return picture({ width: WIDTH, height: bottom + 12 }, { title: flame.name, words }, body);
}

/** `publish (publisher.js)`; node's own modules and anonymous functions by their place. */
function nameOf(
  frame: { readonly functionName: string; readonly url: string } | undefined,
): string {
  if (frame === undefined) return '?';
  const { functionName, url } = frame;
  const file = url.startsWith('node:') ? url : (url.split('/').at(-1) ?? '');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return file === '' ? name : `${name} (${file})`;
}

function pruned({ name, us, calls }: Flame, leastUs: number): Flame {
  const kept = calls.filter((call) => call.us >= leastUs);
  return { name, us: Math.round(us), calls: kept.map((call) => pruned(call, leastUs)) };
}

function depthOf({ calls }: Flame): number {
  return 1 + Math.max(0, ...calls.map(depthOf));
}

/** One warm tone for each file, dark text on it in both schemes. */
function colourOf(name: string): string {
  const file = /\((.*)\)$/.exec(name)?.[1] ?? name;
  let hash = 0;
  for (const letter of file) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return `hsl(${18 + (hash % 36)} ${70 + (hash % 20)}% ${62 + (hash % 14)}%)`;
}

function clip(name: string, letters: number): string {
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}

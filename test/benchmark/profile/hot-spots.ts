/** The part of a profile of V8 that is needed here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that each sample hit. */
  readonly samples: readonly number[];
  /** The time since the last sample, in µs. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/** A place in the program and its share of the busy time. */
export interface HotSpot {
  readonly where: string;
  readonly share: number;
}

const IDLE = new Set(['(idle)', '(root)']);

/** Where the process spent its busy time itself, most first: by function, and by package. */
export function hotSpots({ nodes, samples, timeDeltas }: CpuProfile): Record<'functions' | 'packages', HotSpot[]> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const packages = new Map<string, number>();
  let busy = 0;
  samples.forEach((sample, index) => {
    const frame = frames.get(sample);
    if (frame === undefined || IDLE.has(frame.functionName)) return;
    const time = timeDeltas[index] ?? 0;
    busy += time;
    const place = shortened(frame.url);
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
    add(functions, place === '' ? name : `${name}  ${place}:${frame.lineNumber + 1}`, time);
    add(packages, place === '' ? name : packageOf(place), time);
  });
  return { functions: sorted(functions, busy), packages: sorted(packages, busy) };
}

function shortened(url: string): string {
  const [, inPackage] = /\/node_modules\/(?!.*\/node_modules\/)(.*)/.exec(url) ?? [];
  return inPackage ?? url.replace(/^.*\/(?=(?:dist|test)\/)/, '');
}

function packageOf(place: string): string {
  if (place.startsWith('node:')) return 'node';
  const [first = '', second = ''] = place.split('/');
  return first.startsWith('@') || first === 'dist' ? `${first}/${second}` : first;
}

function add(times: Map<string, number>, where: string, time: number): void {
  times.set(where, (times.get(where) ?? 0) + time);
}

function sorted(times: ReadonlyMap<string, number>, busy: number): HotSpot[] {
  return [...times].map(([where, time]) => ({ where, share: time / busy })).sort((a, b) => b.share - a.share);
}

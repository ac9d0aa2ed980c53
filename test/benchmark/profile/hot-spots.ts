/** The part of a profile of V8 that is needed here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that each sample hit. */
  readonly samples: readonly number[];
  /** The time since the last sample, in µs. */
  readonly timeDeltas: readonly number[];
  /** How many requests the process answered meanwhile; added by the profiler. */
  readonly requests: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** Busy time of the main thread by where it was spent, in µs. */
export interface HotSpots {
  /** By package, part of Node, or folder of this library. */
  readonly places: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
}

const IDLE = new Set(['(idle)', '(root)']);

const PARTS_OF_NODE: readonly (readonly [urls: RegExp, part: string])[] = [
  [/^node:internal\/crypto|^node:crypto/, 'node: crypto'],
  [/^node:(_http|net|internal\/(http|net|stream_base|timers|js_stream))/, 'node: http and sockets'],
  [/^node:(stream|internal\/streams|events|internal\/webstreams)/, 'node: streams and events'],
  [/^node:/, 'node: other'],
];

/** Where the process spent its busy time itself. What is native counts for the function that called it. */
export function hotSpots({ nodes, samples, timeDeltas }: CpuProfile): HotSpots {
  const callers = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<string, number>();
  const functions = new Map<string, number>();
  samples.forEach((sample, index) => {
    const node = byId.get(sample);
    if (node === undefined || IDLE.has(node.callFrame.functionName)) return;
    const time = timeDeltas[index] ?? 0;
    let owner: ProfileNode | undefined = node;
    while (owner?.callFrame.url === '' && !owner.callFrame.functionName.startsWith('(')) owner = callers.get(owner.id);
    add(places, placeOf(owner ?? node), time);
    const { functionName, url, lineNumber } = node.callFrame;
    add(
      functions,
      `${functionName || '(anonymous)'}  ${url === '' ? '' : `${shortened(url)}:${lineNumber + 1}`}`,
      time,
    );
  });
  return { places, functions };
}

function placeOf({ callFrame: { url, functionName } }: ProfileNode): string {
  if (url === '') return functionName;
  const partOfNode = PARTS_OF_NODE.find(([urls]) => urls.test(url));
  if (partOfNode !== undefined) return partOfNode[1];
  if (url.includes('/test/benchmark/')) return 'the application';
  const [first = '', second = '', third] = shortened(url).split('/');
  if (first === 'dist') return third === undefined ? 'lib/' : `lib/${second}`;
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** The path within `node_modules`, or from `dist` on. */
function shortened(url: string): string {
  const [, inPackage] = /\/node_modules\/(?!.*\/node_modules\/)(.*)/.exec(url) ?? [];
  return inPackage ?? url.replace(/^.*\/(?=dist\/)/, '');
}

function add(times: Map<string, number>, where: string, time: number): void {
  times.set(where, (times.get(where) ?? 0) + time);
}

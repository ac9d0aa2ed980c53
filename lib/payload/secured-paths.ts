/** The part of a path between two slashes: a text in lower case, or any. */
type Segment = string | typeof ANY;

const ANY = Symbol('any segment');

/**
 * Decides by URL whether a request may be for one of the secured methods. It compares the end of a URL with the paths of
 * the decorators, because Nest puts prefixes and versions in front.
 */
export class SecuredPaths {
  private readonly ends: readonly (readonly Segment[])[];
  /** Those without parameters, as they stand at the end of most URLs. */
  private readonly plainEnds: readonly string[];
  private areAll: boolean;

  /** @param paths what the decorators of a controller and its method say together, as `video/archives/:id` */
  constructor(paths: Iterable<string>) {
    const ends = [...new Set(paths)].map(segmentsOf);
    // A pattern may match anything.
    this.areAll = ends.includes(undefined);
    this.ends = ends.filter((segments) => segments !== undefined);
    this.plainEnds = this.ends.filter((end) => !end.includes(ANY)).map((end) => `/${end.join('/')}`);
  }

  /** Includes every URL from now on, because something in the application rewrites URLs. */
  includeAll(): void {
    this.areAll = true;
  }

  mayInclude(url: string): boolean {
    if (this.areAll) return true;
    const path = pathOf(url);
    if (this.plainEnds.some((end) => path.endsWith(end))) return true;
    return readingsOf(path).some((reading) => {
      const segments = split(reading);
      return this.ends.some((end) => endsWith(segments, end));
    });
  }
}

function endsWith(segments: readonly string[], end: readonly Segment[]): boolean {
  const surplus = segments.length - end.length;
  return surplus >= 0 && end.every((segment, index) => segment === ANY || segment === segments[surplus + index]);
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

/** The ways in which routers may read a path: decoded or not, cut at a semicolon or not. */
function readingsOf(path: string): readonly string[] {
  if (!/[%;\\]/.test(path)) return [path];
  const decoded = [path, decode(path).replaceAll('\\', '/')];
  return [...decoded, ...decoded.map((text) => text.replace(/;.*/, ''))];
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** `undefined` for a pattern that may match anything. */
function segmentsOf(path: string): readonly Segment[] | undefined {
  const segments = split(path).map((segment) => {
    if (!/[^\w.~@!$&'=,:-]/.test(segment)) return segment.includes(':') ? ANY : segment;
    return undefined;
  });
  return segments.every((segment) => segment !== undefined) ? segments : undefined;
}

function split(path: string): string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '');
}

/** The part of a path between two slashes: text in lower case, or anything. */
type Segment = string | typeof ANY;

const ANY = Symbol('any segment');

/**
 * Decides by URL whether a request may be for a secured method. Compares only the end of the URL with the paths in the
 * decorators, because Nest adds prefixes and versions in front.
 */
export class SecuredPaths {
  private readonly ends: readonly (readonly Segment[])[];
  private areAll = false;

  /** @param paths the paths in the decorators of controllers and methods, joined, such as `video/archives/:id` */
  constructor(paths: Iterable<string>) {
    this.ends = [...new Set(paths)].map(segmentsOf);
  }

  /** Accepts every URL from now on, because something in the application rewrites URLs. */
  includeAll(): void {
    this.areAll = true;
  }

  mayInclude(url: string): boolean {
    if (this.areAll) return true;
    return readingsOf(pathOf(url)).some((reading) => {
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

/** The forms in which routers may read a path: decoded or not, cut at a semicolon or not. */
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

/** The segments of a path; none for a pattern that may match anything, because every URL ends with an empty list. */
function segmentsOf(path: string): readonly Segment[] {
  const segments = split(path).map((segment) => {
    if (!/[^\w.~@!$&'=,:-]/.test(segment)) return segment.includes(':') ? ANY : segment;
    return undefined;
  });
  return segments.every((segment) => segment !== undefined) ? segments : [];
}

function split(path: string): string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '');
}

/** The part of a path between two slashes: a text in lower case, or any. */
type Segment = string | typeof ANY;

const ANY = Symbol('any segment');

/**
 * Tells from its URL whether a request may be for one of the secured methods. It sees what the decorators say of a path,
 * and compares the end of a URL with it: Nest puts prefixes and versions in front. In doubt the answer is yes.
 */
export class SecuredPaths {
  private readonly ends: readonly (readonly Segment[])[];
  /** Those without parameters, as they stand at the end of most URLs. */
  private readonly plainEnds: readonly string[];
  private areAll: boolean;

  /** @param paths what the decorators of a controller and its method say together, as `video/archives/:id` */
  constructor(paths: Iterable<string>) {
    const ends = [...new Set(paths)].map(segmentsOf);
    this.areAll = ends.includes(undefined);
    this.ends = ends.filter((segments) => segments !== undefined);
    this.plainEnds = this.ends.filter((end) => !end.includes(ANY)).map((end) => `/${end.join('/')}`);
  }

  /** Takes every URL for one of a secured method from now on: something in the application rewrites URLs. */
  expectEverywhere(): void {
    this.areAll = true;
  }

  mayInclude(url: string): boolean {
    if (this.areAll || (!url.includes('?') && this.plainEnds.some((end) => url.endsWith(end)))) return true;
    const segments = urlSegments(url);
    return segments === undefined || this.ends.some((end) => endsWith(segments, end));
  }
}

function endsWith(segments: readonly string[], end: readonly Segment[]): boolean {
  const surplus = segments.length - end.length;
  return surplus >= 0 && end.every((segment, index) => segment === ANY || segment === segments[surplus + index]);
}

/** `undefined` where a router may read it in more than one way. */
function urlSegments(url: string): readonly string[] | undefined {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return /[;%\\]/.test(path) ? undefined : split(path);
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

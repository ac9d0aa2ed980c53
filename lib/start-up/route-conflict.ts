/** Which requests come to a method. */
export interface RoutePlace {
  /** As `VideoController.onArchive`. */
  readonly name: string;
  /** Without slashes at the ends, global prefix and version. */
  readonly paths: readonly string[];
  /** As `@Controller({ host })` has it. */
  readonly host: unknown;
  /** `VERSION_NEUTRAL` alone where it has none. */
  readonly versions: readonly unknown[];
}

/** Two methods for the same requests, of which the second is never called. */
export interface RouteConflict {
  readonly names: readonly [string, string];
  readonly path: string;
}

/** Finds two methods with a path, a host and a version in common. That one pattern includes another is not looked for. */
export function findConflict(places: readonly RoutePlace[]): RouteConflict | undefined {
  for (const [index, first] of places.entries()) {
    for (const second of places.slice(index + 1)) {
      const path = second.paths.find((one) => first.paths.some((other) => shapeOf(other) === shapeOf(one)));
      if (path === undefined || first.name === second.name) continue;
      if (hasSameHost(first, second) && shareVersion(first, second)) return { names: [first.name, second.name], path };
    }
  }
  return undefined;
}

/** A path whose parameters have no names: these make no difference to a router. */
function shapeOf(path: string): string {
  return path.replace(/:\w+/g, ':');
}

function hasSameHost({ host }: RoutePlace, other: RoutePlace): boolean {
  return String(host) === String(other.host);
}

function shareVersion({ versions }: RoutePlace, other: RoutePlace): boolean {
  return versions.some((version) => other.versions.includes(version));
}

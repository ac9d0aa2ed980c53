import { type Type } from '@nestjs/common';

/** Which requests come to a method. */
export interface RoutePlace {
  readonly controller: Type;
  /** The method's name. */
  readonly name: string;
  /** Whether it has `@VideoCallback`. */
  readonly isSecured: boolean;
  /** Without slashes at the ends, global prefix and version. */
  readonly paths: readonly string[];
  /** As `@Controller({ host })` has it. */
  readonly host: unknown;
  /** `VERSION_NEUTRAL` alone where it has none. */
  readonly versions: readonly unknown[];
}

/** Two methods for the same requests, of which the second is never called. */
export interface RouteConflict {
  /** As `VideoController.onArchive`. */
  readonly names: readonly [string, string];
  readonly path: string;
}

/**
 * Finds two methods with a path, a host and a version in common, of which one is secured. That one pattern includes
 * another is not looked for.
 */
export function findConflict(places: readonly RoutePlace[]): RouteConflict | undefined {
  for (const [index, first] of places.entries()) {
    for (const second of places.slice(index + 1)) {
      if (!first.isSecured && !second.isSecured) continue;
      // One class may be a controller of several modules.
      if (first.controller === second.controller && first.name === second.name) continue;
      const path = second.paths.find((one) => first.paths.some((other) => shapeOf(other) === shapeOf(one)));
      if (path === undefined || !hasSameHost(first, second) || !shareVersion(first, second)) continue;
      return { names: [nameOf(first), nameOf(second)], path };
    }
  }
  return undefined;
}

function nameOf({ controller, name }: RoutePlace): string {
  return `${controller.name}.${name}`;
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

import { isDeepStrictEqual } from 'node:util';
import { type RoutePlace } from './route-places.js';

/** How an application finds the method for a request. */
interface Routing {
  readonly platform: string;
  readonly isCaseSensitive: boolean;
  /** Whether the global prefix leaves routes out, which may depend on the request method. */
  readonly hasExclusions: boolean;
}

/**
 * Finds two methods that take the same POST requests, so that a secured one does not get its callbacks. Says what is
 * wrong, as the start of a message. That one pattern includes another is not looked for, and whatever may work is let
 * pass.
 *
 * @param places in the order of registration
 */
export function findConflict(places: readonly RoutePlace[], routing: Routing): string | undefined {
  const takeSameRequests = routing.platform === 'fastify' ? conflictOnFastify : conflictOnExpress;
  const placesOfShape = new Map<string, RoutePlace[]>();
  for (const second of places) {
    const shape = shapeOf(second.path, routing);
    const earlier = placesOfShape.get(shape) ?? [];
    const first = earlier.find((place) => {
      if (routing.hasExclusions && place.requestMethod !== second.requestMethod) return false;
      return !isSameMethod(place, second) && takeSameRequests(place, second);
    });
    if (first !== undefined) return describeConflict(first, second, routing);
    placesOfShape.set(shape, [...earlier, second]);
  }
  return undefined;
}

function describeConflict(first: RoutePlace, second: RoutePlace, { platform }: Routing): string {
  const both = `${nameOf(first)} and ${nameOf(second)} both take POST requests to ${second.path}: `;
  if (platform === 'fastify') return `${both}Fastify can have only one of them.`;
  const unverified = first.isSecured ? '' : ', which does not verify them';
  return `${both}Express calls the first of the two, ${nameOf(first)}${unverified}.`;
}

/** One class may be a controller of several modules. */
function isSameMethod(first: RoutePlace, second: RoutePlace): boolean {
  return first.controller === second.controller && first.name === second.name;
}

/** Express calls the first that matches, and the next one only if that passes the request on. */
function conflictOnExpress(first: RoutePlace, second: RoutePlace): boolean {
  if (!second.isSecured || first.canPassOn) return false;
  return includes(first.hosts, second.hosts) && includes(first.versions, second.versions);
}

/** Whether the first takes requests of the second; a list that is absent takes any. */
function includes(first: readonly unknown[] | undefined, second: readonly unknown[] | undefined): boolean {
  return first === undefined || (second !== undefined && first.some((value) => second.includes(value)));
}

/**
 * Fastify refuses the second of two with the same constraints, and of a version the last one counts. It knows nothing of
 * Nest's hosts.
 */
function conflictOnFastify(first: RoutePlace, second: RoutePlace): boolean {
  if (!first.isSecured && !second.isSecured) return false;
  if (!isDeepStrictEqual(first.constraints, second.constraints)) return false;
  // Nest 11 does not constrain methods with @All().
  const isConstrained = first.constraints !== undefined || first.versions !== undefined;
  if (isConstrained && first.requestMethod !== second.requestMethod) return false;
  return first.versions === undefined
    ? second.versions === undefined
    : second.versions !== undefined && includes(first.versions, second.versions);
}

/** A path whose parameters have no names: these make no difference to a router. */
function shapeOf(path: string, { isCaseSensitive }: Routing): string {
  // A colon is escaped as \: on Express and as :: on Fastify.
  const shape = path.replace(/(?<![\\:])([:*])\w+/g, '$1');
  // In the regular expression of a parameter, case makes a difference.
  return isCaseSensitive || shape.includes('(') ? shape : shape.toLowerCase();
}

function nameOf({ controller, name }: RoutePlace): string {
  return `${controller.name}.${name}`;
}

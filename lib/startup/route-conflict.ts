import { isDeepStrictEqual } from 'node:util';
import { type RoutePlace } from './route-places.js';

/** How an application routes requests to methods. */
interface Routing {
  readonly platform: string;
  readonly isCaseSensitive: boolean;
  /** Whether the global prefix excludes routes. An exclusion may depend on the request method. */
  readonly hasExclusions: boolean;
}

/**
 * Finds two methods for the same POST requests, of which one is secured and may not get its callbacks. Returns the
 * start of an error message. Patterns that include each other are not compared, and what may work is accepted.
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

/** The same class may be a controller of several modules. */
function isSameMethod(first: RoutePlace, second: RoutePlace): boolean {
  return first.controller === second.controller && first.name === second.name;
}

/** Express calls the first that matches, and the next one only if that passes the request on. */
function conflictOnExpress(first: RoutePlace, second: RoutePlace): boolean {
  if (!second.isSecured || first.canPassOn) return false;
  return includes(first.hosts, second.hosts) && includes(first.versions, second.versions);
}

/** Whether the first list accepts requests of the second. A list that is `undefined` accepts all. */
function includes(first: readonly unknown[] | undefined, second: readonly unknown[] | undefined): boolean {
  return first === undefined || (second !== undefined && first.some((value) => second.includes(value)));
}

/**
 * Fastify refuses a second route with the same constraints. With versions, the last route wins. Fastify does not know
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

/** A path without the names of its parameters: routers ignore the names. */
function shapeOf(path: string, { isCaseSensitive }: Routing): string {
  // A colon is escaped as \: on Express and as :: on Fastify.
  const shape = path.replace(/(?<![\\:])([:*])\w+/g, '$1');
  // In the regular expression of a parameter, case matters.
  return isCaseSensitive || shape.includes('(') ? shape : shape.toLowerCase();
}

function nameOf({ controller, name }: RoutePlace): string {
  return `${controller.name}.${name}`;
}

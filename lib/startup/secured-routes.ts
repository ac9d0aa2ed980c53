import { Injectable, RequestMethod } from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
  RouterModule,
} from '@nestjs/core';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { callbackKindsOf } from '../request/callback-kind.metadata.js';
import { type RegisteredRoute, RegisteredRoutes, type RoutedMethod } from './registered-routes.js';
import { findConflict } from './route-conflict.js';
import { answersAlone, isClass, joined, methodsOf, pathsOf, RoutePlaces } from './route-places.js';

/** A controller method that takes callbacks. */
export interface SecuredRoute {
  /** The kinds of callbacks that it takes. */
  readonly kinds: readonly VideoCallbackKind[];
  /** As `VideoController.onArchive {/video/archives, POST}`, with each of its paths, or with none if they are not known. */
  readonly name: string;
  readonly method: RequestMethod | undefined;
  /** How its paths end, as `video/archives`: Nest puts prefixes and versions in front. */
  readonly ends: readonly string[];
  /** Whether the guard is on the method that Nest will call: another decorator may have put a new one in its place. */
  readonly isGuarded: boolean;
  /** Whether Nest leaves the answer to the method. */
  readonly answersAlone: boolean;
}

type SecuredMethod = RoutedMethod & Omit<SecuredRoute, 'name' | 'isGuarded'>;

/** Finds every method that `@VideoCallback` secures. */
@Injectable()
export class SecuredRoutes {
  private readonly registered: RegisteredRoutes;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
    host: HttpAdapterHost,
  ) {
    this.registered = new RegisteredRoutes(host);
  }

  /** Complete once Nest has registered all routes. */
  find(): readonly SecuredRoute[] {
    const methods = this.methods();
    const found = methods.map((method) => this.registered.of(method));
    const claims = found.flat();
    return methods.map((secured, index) => {
      const { controller, name, handler, kinds, ends, method: verb, answersAlone } = secured;
      // What may be one of several methods, as an inherited one of controllers that Nest 11 does not distinguish, is of none.
      const own = found[index]?.filter((route) => isOnly(route, claims)).map(({ path }) => path) ?? [];
      const paths = own.length > 0 ? [...new Set(own)] : this.composed(secured);
      return {
        kinds,
        ends,
        method: verb,
        answersAlone,
        isGuarded: callbackKindsOf(handler) === kinds,
        name: `${controller}.${name} {${[...paths, verb === undefined ? 'not mapped' : RequestMethod[verb]].join(', ')}}`,
      };
    });
  }

  /**
   * Two methods that take the same POST requests, of which one is secured; as the start of a message. Can be called
   * before Nest has registered the routes.
   */
  findConflict(): string | undefined {
    const places = new RoutePlaces(this.discovery, this.scanner, this.config, this.modules).find();
    return findConflict(places, { ...this.registered.routing(), hasExclusions: this.hasExclusions() });
  }

  /** What the decorators of each controller and method say of its path; Nest puts prefixes and versions in front. */
  paths(): readonly string[] {
    return this.methods().flatMap(({ ends }) => ends);
  }

  private methods(): readonly SecuredMethod[] {
    // One class may be a controller of several modules.
    const classes = new Set(this.discovery.getControllers().map(({ metatype }) => metatype));
    return [...classes].filter(isClass).flatMap((metatype) =>
      methodsOf(metatype, this.scanner).flatMap(({ name, handler, paths, requestMethod, kinds }) => {
        if (kinds === undefined) return [];
        const ends = pathsOf(metatype).flatMap((front) => paths.map((end) => joined([front, end])));
        const own = { ends, kinds, method: requestMethod, answersAlone: answersAlone(metatype, name) };
        return [{ controller: metatype.name, name, handler, ...own }];
      }),
    );
  }

  /** What the prefix and the decorators say, where a path has no other parts. */
  private composed({ ends }: SecuredMethod): readonly string[] {
    const hasRouterModule = [...this.modules.values()].some(({ metatype }) => metatype === RouterModule);
    if (hasRouterModule || this.hasExclusions() || this.config.getVersioning() !== undefined) return [];
    return ends.map((end) => `/${joined([this.config.getGlobalPrefix(), end])}`);
  }

  /** Whether the global prefix leaves routes out. */
  private hasExclusions(): boolean {
    return (this.config.getGlobalPrefixOptions().exclude ?? []).length > 0;
  }
}

function isOnly({ path, handler }: RegisteredRoute, claims: readonly RegisteredRoute[]): boolean {
  return claims.filter((claim) => claim.path === path && claim.handler === handler).length === 1;
}

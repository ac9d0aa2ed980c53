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
  /**
   * Such as `VideoController.onArchive {/video/archives, POST}`, with all its paths, or without paths if they are not
   * known.
   */
  readonly name: string;
  readonly method: RequestMethod | undefined;
  /** The ends of its paths, such as `video/archives`: Nest adds prefixes and versions in front. */
  readonly ends: readonly string[];
  /** Whether the guard is on the method that Nest will call: another decorator may have replaced the method. */
  readonly isGuarded: boolean;
  /** Whether the method sends the answer instead of Nest. */
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
      // A route that may belong to several methods is assigned to none. Nest 11 does not tell the controllers of an
      // inherited method apart.
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
   * Finds two methods for the same POST requests, of which one is secured, and returns the start of an error message.
   * You can call it before Nest has registered the routes.
   */
  findConflict(): string | undefined {
    const places = new RoutePlaces(this.discovery, this.scanner, this.config, this.modules).find();
    return findConflict(places, { ...this.registered.routing(), hasExclusions: this.hasExclusions() });
  }

  /** The paths in the decorators of each controller and method, without the prefixes and versions that Nest adds. */
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

  /** The path from the global prefix and the decorators, if it has no other parts. */
  private composed({ ends }: SecuredMethod): readonly string[] {
    const hasRouterModule = [...this.modules.values()].some(({ metatype }) => metatype === RouterModule);
    if (hasRouterModule || this.hasExclusions() || this.config.getVersioning() !== undefined) return [];
    return ends.map((end) => `/${joined([this.config.getGlobalPrefix(), end])}`);
  }

  /** Whether the global prefix excludes routes. */
  private hasExclusions(): boolean {
    return (this.config.getGlobalPrefixOptions().exclude ?? []).length > 0;
  }
}

function isOnly({ path, handler }: RegisteredRoute, claims: readonly RegisteredRoute[]): boolean {
  return claims.filter((claim) => claim.path === path && claim.handler === handler).length === 1;
}

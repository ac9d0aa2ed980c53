import { RequestMethod, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import {
  type ApplicationConfig,
  type DiscoveryService,
  type HttpAdapterHost,
  type MetadataScanner,
  type ModulesContainer,
  RouterModule,
} from '@nestjs/core';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { callbackKindOf, decoratedKindOf } from '../request/callback-kind.metadata.js';
import { type RegisteredRoute, RegisteredRoutes, type RoutedMethod } from './registered-routes.js';
import { type RoutePlace } from './route-conflict.js';

/** A controller method that takes callbacks. */
export interface SecuredRoute {
  readonly kind: VideoCallbackKind;
  /** As `VideoController.onArchive {/video/archives, POST}`, with each of its paths, or with none if they are not known. */
  readonly name: string;
  readonly method: RequestMethod | undefined;
  /** How its paths end, as `video/archives`: Nest puts prefixes and versions in front. */
  readonly ends: readonly string[];
  /** Whether the guard is on the method that Nest will call: another decorator may have put a new one in its place. */
  readonly isGuarded: boolean;
}

interface FoundMethod extends RoutedMethod {
  readonly kind: VideoCallbackKind | undefined;
}

interface SecuredMethod extends FoundMethod {
  readonly kind: VideoCallbackKind;
}

/** Finds every method that `@VideoCallback` secures. */
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

  /** To be called when Nest has registered all routes. */
  find(): readonly SecuredRoute[] {
    const methods = this.methods();
    const found = methods.map((method) => this.registered.of(method));
    const claims = found.flat();
    return methods.map((method, index) => {
      const { controller, name, handler, kind, ends } = method;
      // What may be one of several methods, as an inherited one of controllers that Nest 11 does not distinguish, is of none.
      const own = found[index]?.filter((route) => isOnly(route, claims)).map(({ path }) => path) ?? [];
      const paths = own.length > 0 ? [...new Set(own)] : this.composed(method);
      const verb = requestMethodOf(handler);
      return {
        kind,
        ends,
        method: verb,
        isGuarded: callbackKindOf(handler) === kind,
        name: `${controller}.${name} {${[...paths, verb === undefined ? 'not mapped' : RequestMethod[verb]].join(', ')}}`,
      };
    });
  }

  /** Which POST requests come to each method, secured or not. Can be called before Nest has registered the routes. */
  places(): readonly RoutePlace[] {
    return this.discovery.getControllers().flatMap(({ metatype, host: module }) => {
      if (!isClass(metatype)) return [];
      const front = module === undefined ? '' : this.pathOfModule(module.metatype);
      const takingPosts = this.methodsOf(metatype).filter(({ handler }) => takesPosts(requestMethodOf(handler)));
      return takingPosts.map(({ name, handler, ends, kind }) => ({
        controller: metatype,
        name,
        isSecured: kind !== undefined,
        paths: ends.map((end) => joined([front, end])),
        host: Reflect.getMetadata('host', metatype) as unknown,
        versions: this.versionsOf(metatype, handler),
      }));
    });
  }

  /** What the decorators of each controller and method say of its path; Nest puts prefixes and versions in front. */
  paths(): readonly string[] {
    return this.methods().flatMap(({ ends }) => ends);
  }

  private methods(): readonly SecuredMethod[] {
    // One class may be a controller of several modules.
    const classes = new Set(this.discovery.getControllers().map(({ metatype }) => metatype));
    return [...classes].filter(isClass).flatMap((metatype) => this.methodsOf(metatype).filter(isSecured));
  }

  private methodsOf(metatype: Type): readonly FoundMethod[] {
    const prototype = metatype.prototype as object;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler: unknown = Reflect.get(prototype, name);
      if (typeof handler !== 'function') return [];
      const ends = pathsOf(metatype).flatMap((front) => pathsOf(handler).map((end) => joined([front, end])));
      return [{ controller: metatype.name, name, handler, ends, kind: decoratedKindOf(prototype, name) }];
    });
  }

  /** What RouterModule puts in front of the paths of a module. */
  private pathOfModule(module: object): string {
    const path: unknown = Reflect.getMetadata(`__module_path__${this.modules.applicationId}`, module);
    return typeof path === 'string' ? path : '';
  }

  private versionsOf(metatype: object, handler: object): readonly unknown[] {
    const versioning = this.config.getVersioning();
    if (versioning === undefined) return [VERSION_NEUTRAL];
    const [given] = [handler, metatype]
      .map((target): unknown => Reflect.getMetadata('__version__', target))
      .filter((version) => version !== undefined);
    return [given ?? versioning.defaultVersion ?? VERSION_NEUTRAL].flat();
  }

  /** What the prefix and the decorators say, where a path has no other parts. */
  private composed({ ends }: SecuredMethod): readonly string[] {
    return this.arePathsPlain() ? ends.map((end) => `/${joined([this.config.getGlobalPrefix(), end])}`) : [];
  }

  /** Whether a path consists of the prefix and of what the two decorators say, and of nothing else. */
  private arePathsPlain(): boolean {
    const hasExclusions = (this.config.getGlobalPrefixOptions().exclude ?? []).length > 0;
    const hasRouterModule = [...this.modules.values()].some(({ metatype }) => metatype === RouterModule);
    return this.config.getVersioning() === undefined && !hasExclusions && !hasRouterModule;
  }
}

function isSecured(method: FoundMethod): method is SecuredMethod {
  return method.kind !== undefined;
}

function isClass(metatype: unknown): metatype is Type {
  return typeof metatype === 'function';
}

/** Whether a method of this request method may get callbacks. */
export function takesPosts(method: RequestMethod | undefined): boolean {
  return method === RequestMethod.POST || method === RequestMethod.ALL;
}

function isOnly({ path, handler }: RegisteredRoute, claims: readonly RegisteredRoute[]): boolean {
  return claims.filter((claim) => claim.path === path && claim.handler === handler).length === 1;
}

function joined(parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/');
}

// What Nest's own decorators leave as metadata. There is no path where the target is not mapped.

function pathsOf(target: object): readonly string[] {
  const path: unknown = Reflect.getMetadata('path', target);
  return path === undefined ? [] : [path].flat().map(String);
}

const METHODS = Object.values(RequestMethod).filter((value) => typeof value === 'number');

function requestMethodOf(handler: object): RequestMethod | undefined {
  const method: unknown = Reflect.getMetadata('method', handler);
  return METHODS.find((known) => known === method);
}

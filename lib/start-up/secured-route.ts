import { RequestMethod, type Type } from '@nestjs/common';
import {
  type ApplicationConfig,
  type DiscoveryService,
  type MetadataScanner,
  type ModulesContainer,
  RouterModule,
} from '@nestjs/core';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { callbackKindOf, decoratedKindOf } from '../request/callback-kind.metadata.js';

/** A controller method that takes callbacks. */
export interface SecuredRoute {
  readonly kind: VideoCallbackKind;
  /** As `VideoController.onArchive {/video/archives, POST}`, without the path where Nest composes it of more parts. */
  readonly name: string;
  readonly method: RequestMethod | undefined;
  /** Whether the guard is on the method that Nest will call: another decorator may have put a new one in its place. */
  readonly isGuarded: boolean;
}

/** Finds every method that `@VideoCallback` secures. */
export class SecuredRoutes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  find(): readonly SecuredRoute[] {
    return this.handlers().map(({ controller, name, handler, kind }) => {
      const method = requestMethodOf(handler);
      return {
        kind,
        method,
        isGuarded: callbackKindOf(handler) === kind,
        name: `${controller.name}.${name} ${this.described(controller, handler, method)}`,
      };
    });
  }

  /** What the decorators of each controller and method say of its path; Nest puts prefixes and versions in front. */
  paths(): readonly string[] {
    return this.handlers().flatMap(({ controller, handler }) =>
      pathsOf(controller).flatMap((front) => pathsOf(handler).map((end) => `${front}/${end}`)),
    );
  }

  private handlers() {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      if (!isClass(metatype)) return [];
      const prototype = metatype.prototype as object;
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
        const handler: unknown = Reflect.get(prototype, name);
        const kind = decoratedKindOf(prototype, name);
        return kind === undefined || typeof handler !== 'function'
          ? []
          : [{ controller: metatype, name, handler, kind }];
      });
    });
  }

  private described(controller: object, handler: object, method: RequestMethod | undefined): string {
    const verb = method === undefined ? 'not mapped' : RequestMethod[method];
    const parts = [this.config.getGlobalPrefix(), pathOf(controller), pathOf(handler)];
    if (!this.arePathsPlain() || !parts.every((part) => part !== undefined)) return `{${verb}}`;
    return `{/${parts
      .flatMap((part) => part.split('/'))
      .filter(Boolean)
      .join('/')}, ${verb}}`;
  }

  /** Whether a path consists of the prefix and of what the two decorators say, and of nothing else. */
  private arePathsPlain(): boolean {
    const hasExclusions = (this.config.getGlobalPrefixOptions().exclude ?? []).length > 0;
    const hasRouterModule = [...this.modules.values()].some(({ metatype }) => metatype === RouterModule);
    return this.config.getVersioning() === undefined && !hasExclusions && !hasRouterModule;
  }
}

function isClass(metatype: unknown): metatype is Type {
  return typeof metatype === 'function';
}

// The metadata of Nest's own @Controller and @Post, for the log and for the check of the method.
function pathOf(target: object): string | undefined {
  const [path, ...others] = pathsOf(target);
  return others.length === 0 ? path : undefined;
}

/** None where the target is not mapped. */
function pathsOf(target: object): readonly string[] {
  const path: unknown = Reflect.getMetadata('path', target);
  return path === undefined ? [] : [path].flat().map(String);
}

const METHODS = Object.values(RequestMethod).filter((value) => typeof value === 'number');

function requestMethodOf(handler: object): RequestMethod | undefined {
  const method: unknown = Reflect.getMetadata('method', handler);
  return METHODS.find((known) => known === method);
}

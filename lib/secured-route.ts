import { RequestMethod, type Type } from '@nestjs/common';
import { type ApplicationConfig, type DiscoveryService, type MetadataScanner } from '@nestjs/core';
import { type VideoCallbackKind } from './callbacks/callback-kind.js';
import { callbackKindOf } from './request/callback-kind.metadata.js';

/** A controller method that takes callbacks. */
export interface SecuredRoute {
  readonly kind: VideoCallbackKind;
  /** As `VideoController.onArchive {/video/archives, POST}`. */
  readonly name: string;
  readonly method: RequestMethod | undefined;
}

/** Finds every method that `@VideoCallback` secures. */
export function findSecuredRoutes(
  discovery: DiscoveryService,
  scanner: MetadataScanner,
  config: ApplicationConfig,
): readonly SecuredRoute[] {
  const prefix = config.getGlobalPrefix();
  return discovery.getControllers().flatMap(({ metatype }) => {
    if (!isClass(metatype)) return [];
    return scanner.getAllMethodNames(metatype.prototype as object).flatMap((methodName) => {
      const handler: unknown = Reflect.get(metatype.prototype as object, methodName);
      const kind = typeof handler === 'function' ? callbackKindOf(handler) : undefined;
      if (kind === undefined || typeof handler !== 'function') return [];
      const method = requestMethodOf(handler);
      const path = `/${[prefix, pathOf(metatype), pathOf(handler)]
        .flatMap((part) => part.split('/'))
        .filter(Boolean)
        .join('/')}`;
      const verb = method === undefined ? 'not mapped' : RequestMethod[method];
      return [{ kind, method, name: `${metatype.name}.${methodName} {${path}, ${verb}}` }];
    });
  });
}

function isClass(metatype: unknown): metatype is Type {
  return typeof metatype === 'function';
}

// The metadata of Nest's own @Controller and @Post, for display and the check of the method only.
function pathOf(target: object): string {
  const path: unknown = Reflect.getMetadata('path', target);
  return Array.isArray(path) ? path.join('|') : typeof path === 'string' ? path : '';
}

const METHODS = Object.values(RequestMethod).filter((value) => typeof value === 'number');

function requestMethodOf(handler: object): RequestMethod | undefined {
  const method: unknown = Reflect.getMetadata('method', handler);
  return METHODS.find((known) => known === method);
}

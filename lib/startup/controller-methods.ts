import { RequestMethod, type Type } from '@nestjs/common';
import { type MetadataScanner } from '@nestjs/core';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { decoratedKindOf } from '../request/callback-kind.metadata.js';

/** A method of a controller class. */
export interface ControllerMethod {
  readonly name: string;
  readonly handler: object;
  /** As the decorators of Nest have them; none where it is not mapped. */
  readonly paths: readonly string[];
  readonly requestMethod: RequestMethod | undefined;
  /** The kind of callbacks it takes, if it has `@VideoCallback`. */
  readonly kind: VideoCallbackKind | undefined;
}

/** The methods of a controller class, in the order in which Nest registers them. */
export function methodsOf(metatype: Type, scanner: MetadataScanner): readonly ControllerMethod[] {
  const prototype = metatype.prototype as object;
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    const handler: unknown = Reflect.get(prototype, name);
    if (typeof handler !== 'function') return [];
    const requestMethod = requestMethodOf(handler);
    return [{ name, handler, paths: pathsOf(handler), requestMethod, kind: decoratedKindOf(prototype, name) }];
  });
}

export function isClass(metatype: unknown): metatype is Type {
  return typeof metatype === 'function';
}

/** The paths that Nest's decorator of a controller or a method has: none where it is not mapped. */
export function pathsOf(target: object): readonly string[] {
  const path: unknown = Reflect.getMetadata('path', target);
  return path === undefined ? [] : [path].flat().map(String);
}

/** Joins the parts of a path, without slashes at the ends. */
export function joined(parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/');
}

/** Whether a method of this request method may get callbacks. */
export function takesPosts(method: RequestMethod | undefined): boolean {
  return method === RequestMethod.POST || method === RequestMethod.ALL;
}

const METHODS = Object.values(RequestMethod).filter((value) => typeof value === 'number');

function requestMethodOf(handler: object): RequestMethod | undefined {
  const method: unknown = Reflect.getMetadata('method', handler);
  return METHODS.find((known) => known === method);
}

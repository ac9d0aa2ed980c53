import { RequestMethod, type Type, VERSION_NEUTRAL, type VersioningOptions, VersioningType } from '@nestjs/common';
import {
  type ApplicationConfig,
  type DiscoveryService,
  type MetadataScanner,
  type ModulesContainer,
} from '@nestjs/core';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { decoratedKindsOf } from '../request/callback-kind.metadata.js';

/** A method of a controller class. */
interface ControllerMethod {
  readonly name: string;
  readonly handler: object;
  /** As Nest's decorators state them; empty if the method is not mapped. */
  readonly paths: readonly string[];
  readonly requestMethod: RequestMethod | undefined;
  /** The kinds of callbacks it takes, if it has `@VideoCallback`. */
  readonly kinds: readonly VideoCallbackKind[] | undefined;
}

/** A path of a method for POST requests, with everything else that routing depends on. */
export interface RoutePlace extends Pick<ControllerMethod, 'name' | 'requestMethod'> {
  readonly controller: Type;
  /** Whether it has `@VideoCallback`. */
  readonly isSecured: boolean;
  /** Whether it can pass a request on, because it has `@Next()`. */
  readonly canPassOn: boolean;
  /** With a version in the URI, but without the global prefix; no slashes at the ends. */
  readonly path: string;
  /** The hosts of `@Controller({ host })`; `undefined` for any. */
  readonly hosts: readonly string[] | undefined;
  /** The versions, if requests name them outside the path; otherwise `undefined`. */
  readonly versions: readonly unknown[] | undefined;
  /** The constraints of Fastify's `@RouteConstraints()`. */
  readonly constraints: unknown;
}

/** The methods of a controller class, in the order in which Nest registers them. */
export function methodsOf(metatype: Type, scanner: MetadataScanner): readonly ControllerMethod[] {
  const prototype = metatype.prototype as object;
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    const handler: unknown = Reflect.get(prototype, name);
    if (typeof handler !== 'function') return [];
    const method: unknown = Reflect.getMetadata('method', handler);
    const requestMethod = METHODS.find((known) => known === method);
    return [{ name, handler, paths: pathsOf(handler), requestMethod, kinds: decoratedKindsOf(prototype, name) }];
  });
}

const METHODS = Object.values(RequestMethod).filter((value) => typeof value === 'number');

/** The paths in the Nest decorator of a controller or method; empty if it is not mapped. */
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

/** Whether a method that is mapped to this request method may get callbacks. */
export function takesPosts(method: RequestMethod | undefined): boolean {
  return method === RequestMethod.POST || method === RequestMethod.ALL;
}

/** Whether an entry of a module's list is a class. */
export function isClass(metatype: unknown): metatype is Type {
  return typeof metatype === 'function';
}

/** Finds the routes for POST requests before Nest registers them. */
export class RoutePlaces {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  /**
   * Every path of every method that takes POST requests, secured or not, in the order of registration: modules,
   * controllers, paths of the controller, methods. Nest's sorting by specificity leaves equal paths in this order.
   */
  find(): readonly RoutePlace[] {
    return this.discovery.getControllers().flatMap(({ metatype, host: module }) => {
      if (!isClass(metatype)) return [];
      const front = module === undefined ? '' : this.pathOfModule(module.metatype);
      const methods = methodsOf(metatype, this.scanner).filter(({ requestMethod }) => takesPosts(requestMethod));
      return pathsOf(metatype).flatMap((path) =>
        methods.flatMap((method) => this.placesOf(metatype, joined([front, path]), method)),
      );
    });
  }

  private placesOf(controller: Type, front: string, method: ControllerMethod): readonly RoutePlace[] {
    const { name, handler, kinds, requestMethod } = method;
    const host: unknown = Reflect.getMetadata('host', controller);
    const versioning = this.config.getVersioning();
    const version = versioning === undefined ? VERSION_NEUTRAL : versionOf(handler, controller, versioning);
    const isInPath = versioning?.type === VersioningType.URI;
    const place = {
      controller,
      name,
      isSecured: kinds !== undefined,
      canPassOn: takesNext(controller, name),
      requestMethod,
      hosts: host === undefined ? undefined : [host].flat().map(String),
      versions: isInPath || version === VERSION_NEUTRAL ? undefined : [version].flat(),
      constraints: Reflect.getMetadata('__fastify_route_constraints__', handler) as unknown,
    };
    const prefix = isInPath ? (versioning.prefix ?? 'v') || '' : '';
    const parts = isInPath
      ? [version].flat().map((one) => (one === VERSION_NEUTRAL ? '' : prefix + String(one)))
      : [''];
    return method.paths.flatMap((end) => parts.map((part) => ({ ...place, path: joined([part, front, end]) })));
  }

  /** The prefix that RouterModule adds to the paths of a module. */
  private pathOfModule(module: object): string {
    const keys = [`__module_path__${this.modules.applicationId}`, '__module_path__'];
    const path = keys.map((key): unknown => Reflect.getMetadata(key, module)).find((value) => value !== undefined);
    return typeof path === 'string' ? path : '';
  }
}

function versionOf(handler: object, controller: object, { defaultVersion }: VersioningOptions): unknown {
  const given = [handler, controller].map((target): unknown => Reflect.getMetadata('__version__', target));
  return given.find((version) => version !== undefined) ?? defaultVersion ?? VERSION_NEUTRAL;
}

/** The numbers that Nest gives to `@Res()` and `@Next()` in the metadata of parameters. */
const RESPONSE = 1;
const NEXT = 2;

function takesNext(controller: Type, name: string): boolean {
  return takes(NEXT, controller, name);
}

/** Whether the method sends the answer instead of Nest, so that it must run for each request. */
export function answersAlone(controller: Type, name: string): boolean {
  const isAnsweredByNest = Reflect.getMetadata('__responsePassthrough__', controller, name) === true;
  return takes(RESPONSE, controller, name) && !isAnsweredByNest;
}

function takes(parameter: number, controller: Type, name: string): boolean {
  const parameters: unknown = Reflect.getMetadata('__routeArguments__', controller, name);
  return Object.keys(parameters ?? {}).some((key) => key.startsWith(`${parameter}:`));
}

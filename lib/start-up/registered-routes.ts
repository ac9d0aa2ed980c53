import { type HttpAdapterHost } from '@nestjs/core';
import { callbackKindOf } from '../request/callback-kind.metadata.js';

/** A route as the platform has it: with prefixes, versions and whatever else Nest puts in front. */
export interface RegisteredRoute {
  readonly path: string;
  /** What Nest has made of a method: it has a copy of the method's metadata, unless the adapter has wrapped it again. */
  readonly handler: RouteHandler;
}

type RouteHandler = (...parameters: never) => unknown;

/** The part of an Express application that knows its routes. */
interface ExpressApplication {
  readonly router?: {
    readonly stack?: readonly {
      readonly route?: { readonly path: unknown; readonly stack: readonly { readonly handle: RouteHandler }[] };
    }[];
  };
}

/** The part of a Fastify instance that knows its routes. */
interface FastifyApplication {
  addHook(name: 'onRoute', hook: (route: { readonly url: string; readonly handler: RouteHandler }) => void): unknown;
}

/** A method of a controller that is looked for among the routes. */
export interface RoutedMethod {
  readonly controller: string;
  readonly name: string;
  readonly handler: object;
  /** How its paths end, as `video/archives`: what its decorators say. */
  readonly ends: readonly string[];
}

/** The routes that Nest has registered on Express or Fastify. Complete once the application has started. */
export class RegisteredRoutes {
  private readonly onFastify: RegisteredRoute[] = [];

  constructor(private readonly host: HttpAdapterHost) {
    host.init$.subscribe(() => {
      if (this.adapter?.getType() !== 'fastify') return;
      this.adapter.getInstance<FastifyApplication>().addHook('onRoute', ({ url, handler }) => {
        this.onFastify.push({ path: url, handler });
      });
    });
  }

  /** Those that may be made of a method. */
  of(method: RoutedMethod): readonly RegisteredRoute[] {
    return this.all().filter((route) => isMadeOf(route, method));
  }

  /** Absent in an application context, which takes no requests. */
  private get adapter(): HttpAdapterHost['httpAdapter'] | undefined {
    return (this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | null) ?? undefined;
  }

  private all(): readonly RegisteredRoute[] {
    if (this.adapter?.getType() !== 'express') return this.onFastify;
    const layers = this.adapter.getInstance<ExpressApplication>().router?.stack ?? [];
    return layers.flatMap(({ route }) => {
      const path = route?.path;
      if (route === undefined || typeof path !== 'string') return [];
      return [...new Set(route.stack.map(({ handle }) => handle))].map((handler) => ({ path, handler }));
    });
  }
}

function isMadeOf(
  { path, handler }: RegisteredRoute,
  { controller, name, handler: method, ends }: RoutedMethod,
): boolean {
  const isNamed = handler.name.includes('.');
  if (isNamed && handler.name !== `${controller}.${name}`) return false;
  const hasMetadata = callbackKindOf(handler) !== undefined;
  if (hasMetadata ? !hasMetadataOf(handler, method) : !isNamed) return false;
  return ends.some((end) => end === '' || path.endsWith(`/${end}`));
}

/** The lists of guards and interceptors are objects of one method each. */
function hasMetadataOf(handler: object, method: object): boolean {
  return Reflect.getMetadataKeys(method).every(
    (key: unknown) => Reflect.getMetadata(key, handler) === Reflect.getMetadata(key, method),
  );
}

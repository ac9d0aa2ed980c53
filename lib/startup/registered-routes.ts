import { type HttpAdapterHost } from '@nestjs/core';
import { callbackKindsOf } from '../request/callback-kind.metadata.js';

/** A route as the platform registered it, with the prefixes and versions that Nest adds. */
export interface RegisteredRoute {
  readonly path: string;
  /**
   * The function that Nest registered for a method. It has a copy of the method's metadata, unless the adapter wrapped
   * it again.
   */
  readonly handler: RouteHandler;
}

type RouteHandler = (...parameters: never) => unknown;

/** The part of an Express application that lists its routes. */
interface ExpressApplication {
  readonly router?: {
    readonly caseSensitive?: boolean;
    readonly stack?: readonly {
      readonly route?: { readonly path: unknown; readonly stack: readonly { readonly handle: RouteHandler }[] };
    }[];
  };
}

/** The part of a Fastify instance that lists its routes. */
interface FastifyApplication {
  readonly initialConfig?: CaseSetting & { readonly routerOptions?: CaseSetting };
  addHook(name: 'onRoute', hook: (route: { readonly url: string; readonly handler: RouteHandler }) => void): unknown;
}

interface CaseSetting {
  readonly caseSensitive?: boolean;
}

/** A method of a controller to find among the routes. */
export interface RoutedMethod {
  readonly controller: string;
  readonly name: string;
  readonly handler: object;
  /** The ends of its paths, such as `video/archives`, as its decorators say. */
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

  /** The routes that may belong to a method. */
  of(method: RoutedMethod): readonly RegisteredRoute[] {
    return this.all().filter((route) => isMadeOf(route, method));
  }

  /** How the platform compares paths. This is known before any route is registered. */
  routing(): { readonly platform: string; readonly isCaseSensitive: boolean } {
    const { adapter } = this;
    if (adapter?.getType() === 'express') {
      // The router's setting: once there is a router, Express does not read its own settings again.
      const { router } = adapter.getInstance<ExpressApplication>();
      return { platform: 'express', isCaseSensitive: router?.caseSensitive === true };
    }
    const config = adapter?.getInstance<FastifyApplication>().initialConfig;
    const isCaseSensitive = config?.caseSensitive !== false && config?.routerOptions?.caseSensitive !== false;
    return { platform: adapter?.getType() ?? '', isCaseSensitive };
  }

  /** Absent in an application context, which has no HTTP server. */
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
  const hasMetadata = callbackKindsOf(handler) !== undefined;
  if (hasMetadata ? !hasMetadataOf(handler, method) : !isNamed) return false;
  return ends.some((end) => end === '' || path.endsWith(`/${end}`));
}

/**
 * Whether the handler has a copy of the method's metadata. The lists of guards and interceptors are a new object for each
 * method, so that comparing by reference tells methods apart.
 */
function hasMetadataOf(handler: object, method: object): boolean {
  return Reflect.getMetadataKeys(method).every(
    (key: unknown) => Reflect.getMetadata(key, handler) === Reflect.getMetadata(key, method),
  );
}

import { type HttpAdapterHost } from '@nestjs/core';
import { callbackKindsOf } from '../request/callback-kind.metadata.js';

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
    readonly caseSensitive?: boolean;
    readonly stack?: readonly {
      readonly route?: { readonly path: unknown; readonly stack: readonly { readonly handle: RouteHandler }[] };
    }[];
  };
}

/** The part of a Fastify instance that knows its routes. */
interface FastifyApplication {
  readonly initialConfig?: CaseSetting & { readonly routerOptions?: CaseSetting };
  addHook(name: 'onRoute', hook: (route: { readonly url: string; readonly handler: RouteHandler }) => void): unknown;
}

interface CaseSetting {
  readonly caseSensitive?: boolean;
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

  /** How the platform compares paths: known before there are any routes. */
  routing(): { readonly platform: string; readonly isCaseSensitive: boolean } {
    const { adapter } = this;
    if (adapter?.getType() === 'express') {
      // The router's own setting: Express does not read its settings again once there is a router.
      const { router } = adapter.getInstance<ExpressApplication>();
      return { platform: 'express', isCaseSensitive: router?.caseSensitive === true };
    }
    const config = adapter?.getInstance<FastifyApplication>().initialConfig;
    const isCaseSensitive = config?.caseSensitive !== false && config?.routerOptions?.caseSensitive !== false;
    return { platform: adapter?.getType() ?? '', isCaseSensitive };
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
  const hasMetadata = callbackKindsOf(handler) !== undefined;
  if (hasMetadata ? !hasMetadataOf(handler, method) : !isNamed) return false;
  return ends.some((end) => end === '' || path.endsWith(`/${end}`));
}

/** The lists of guards and interceptors are objects of one method each. */
function hasMetadataOf(handler: object, method: object): boolean {
  return Reflect.getMetadataKeys(method).every(
    (key: unknown) => Reflect.getMetadata(key, handler) === Reflect.getMetadata(key, method),
  );
}

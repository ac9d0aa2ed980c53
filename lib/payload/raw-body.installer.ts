import { type HttpAdapterHost } from '@nestjs/core';
import { type BodyLimits } from './body-reader.js';
import { type ExpressApplication, keepRawBodiesOnExpress } from './express-raw-body.js';
import { type FastifyApplication, keepRawBodiesOnFastify } from './fastify-raw-body.js';

// A second reader on one application would make the first one's requests hang.
const installed = new WeakSet<object>();

type HttpAdapter = HttpAdapterHost['httpAdapter'];

/**
 * Sees to it that the exact bytes of callbacks are kept, on whatever platform the application runs and before any
 * parser of its own. To be called while providers are constructed: `init$` fires, or has fired, before Nest registers
 * its body parsers. An application without an HTTP adapter (`createApplicationContext`) needs nothing, and one that is
 * neither Express nor Fastify is refused at start-up.
 */
export function installRawBodyReader(host: HttpAdapterHost, limits: BodyLimits): void {
  host.init$.subscribe(() => {
    const adapter = host.httpAdapter as HttpAdapter | null;
    if (adapter !== null) installOn(adapter, limits);
  });
}

/** Whether there is a reader of raw bodies for the platform. */
export function isSupportedPlatform(platform: string): boolean {
  return platform === 'express' || platform === 'fastify';
}

function installOn(adapter: HttpAdapter, limits: BodyLimits): void {
  const application = adapter.getInstance<object>();
  if (installed.has(application)) return;
  installed.add(application);
  const platform = adapter.getType();
  if (platform === 'express') keepRawBodiesOnExpress(adapter.getInstance<ExpressApplication>(), limits);
  if (platform === 'fastify') keepRawBodiesOnFastify(adapter.getInstance<FastifyApplication>(), limits);
}

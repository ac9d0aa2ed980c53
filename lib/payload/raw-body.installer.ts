import { type HttpAdapterHost } from '@nestjs/core';
import { type BodyLimits } from './body-reader.js';
import { type ExpressApplication, keepRawBodiesOnExpress } from './express-raw-body.js';
import { type FastifyApplication, keepRawBodiesOnFastify } from './fastify-raw-body.js';

// A second reader on one application would make the first one's requests hang.
const installed = new WeakSet<object>();

/**
 * Sees to it that the exact bytes of callbacks are kept, on whatever platform the application runs and before any
 * parser of its own. To be called while providers are constructed: `init$` fires, or has fired, before Nest registers
 * its body parsers. An application without an HTTP adapter (`createApplicationContext`) needs nothing.
 *
 * @throws {TypeError} if the platform is neither Express nor Fastify
 */
export function installRawBodyReader(host: HttpAdapterHost, limits: BodyLimits): void {
  host.init$.subscribe(() => {
    const application = host.httpAdapter.getInstance<object>();
    if (installed.has(application)) return;
    installed.add(application);
    const platform = host.httpAdapter.getType();
    if (platform === 'express') {
      keepRawBodiesOnExpress(host.httpAdapter.getInstance<ExpressApplication>(), limits);
    } else if (platform === 'fastify') {
      keepRawBodiesOnFastify(host.httpAdapter.getInstance<FastifyApplication>(), limits);
    } else {
      throw new TypeError(`The platform is "${platform}": VideoCallbacksModule works on Express and Fastify.`);
    }
  });
}

import { type HttpAdapterHost } from '@nestjs/core';
import { type ExpressApplication, keepRawBodiesOnExpress } from './express-raw-body.js';
import { type FastifyApplication, keepRawBodiesOnFastify } from './fastify-raw-body.js';
import { type RawBodyReader } from './raw-body.reader.js';

// A second reader would find the request already read.
const installed = new WeakSet<object>();

type HttpAdapter = HttpAdapterHost['httpAdapter'];

/**
 * Installs the reader of raw bodies of the platform, before any of its parsers. Call it while providers are
 * constructed: `init$` fires, or has fired, before Nest registers its body parsers. An application without an HTTP
 * adapter (`createApplicationContext`) needs no reader, and a platform other than Express and Fastify is refused at
 * start-up.
 */
export function installRawBodyReader(host: HttpAdapterHost, reader: RawBodyReader): void {
  host.init$.subscribe(() => {
    const adapter = host.httpAdapter as HttpAdapter | null;
    if (adapter !== null) installOn(adapter, reader);
  });
}

/** Whether a reader of raw bodies exists for the platform. */
export function isSupportedPlatform(platform: string): boolean {
  return platform === 'express' || platform === 'fastify';
}

function installOn(adapter: HttpAdapter, reader: RawBodyReader): void {
  const application = adapter.getInstance<object>();
  if (installed.has(application)) return;
  installed.add(application);
  const platform = adapter.getType();
  if (platform === 'express') keepRawBodiesOnExpress(adapter.getInstance<ExpressApplication>(), reader);
  if (platform === 'fastify') keepRawBodiesOnFastify(adapter.getInstance<FastifyApplication>(), reader);
}

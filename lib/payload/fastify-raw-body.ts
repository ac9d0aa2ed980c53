import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Readable } from 'node:stream';
import { type BodyReading, type BodyLimits, readBody } from './body-reader.js';
import { isCallbackCandidate } from './callback-candidate.js';
import { isEncoded } from './content-type.js';
import { defineLazyBody, keepReading } from './raw-body.js';

interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly body?: unknown;
}

interface FastifyReply {
  readonly raw: ServerResponse;
}

/** The part of a Fastify instance that is needed here. */
export interface FastifyApplication {
  addHook(
    name: 'preParsing',
    hook: (
      request: FastifyRequest,
      reply: FastifyReply,
      payload: Readable,
      done: (error: Error | null, payload?: Readable) => void,
    ) => void,
  ): unknown;
  addHook(name: 'preHandler', hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void): unknown;
  hasPlugin(name: string): boolean;
  addContentTypeParser(
    contentType: string,
    parser: (request: FastifyRequest, payload: Readable, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
}

// A type of our own, so that whatever parsers the application has for JSON, or none, do not come into play.
const CALLBACK_TYPE = 'application/vnd.nestjs-vonage-video-callbacks.kept';
const LAZY = Symbol('lazy body');

/** Keeps the exact bytes of requests that may be callbacks, in a hook before any content-type parser. */
export function keepRawBodiesOnFastify(application: FastifyApplication, limits: BodyLimits): void {
  const kept = new WeakMap<IncomingMessage, { reading: BodyReading; contentType: string | undefined }>();

  application.addHook('preParsing', function keepRawBodyOfVideoCallback({ raw }, reply, payload, done) {
    const encoded = isEncoded(raw.headers);
    // Fastify takes compressed bytes for JSON, and answers 400, unless this plugin inflates them in a hook after ours.
    if (!isCallbackCandidate(raw) || (encoded && application.hasPlugin('@fastify/compress'))) {
      done(null, payload);
      return;
    }
    void readBody(payload, limits).then((result) => {
      const reading: BodyReading = encoded && result.state === 'complete' ? { state: 'encoded' } : result;
      keepReading(raw, reading);
      if (reading.state === 'timed-out') reply.raw.setHeader('connection', 'close');
      kept.set(raw, { reading, contentType: raw.headers['content-type'] });
      raw.headers['content-type'] = CALLBACK_TYPE;
      done(null, payload);
    });
  });

  application.addContentTypeParser(CALLBACK_TYPE, (request, _payload, done) => {
    const { reading, contentType } = kept.get(request.raw) ?? {};
    if (reading === undefined) {
      // Somebody sent our private type: there is no parser for it.
      done(Object.assign(new Error('Unsupported Media Type'), { statusCode: 415 }));
      return;
    }
    request.raw.headers['content-type'] = contentType;
    if (reading.state === 'complete') Object.assign(request, { rawBody: reading.bytes });
    done(null, LAZY);
  });

  // Not earlier: some versions of Fastify look at the body when they validate, which would parse it for a stranger.
  application.addHook('preHandler', function defineBodyOfVideoCallback(request, _reply, done) {
    const reading = request.body === LAZY ? kept.get(request.raw)?.reading : undefined;
    if (reading !== undefined) defineLazyBody(request, reading);
    done();
  });
}

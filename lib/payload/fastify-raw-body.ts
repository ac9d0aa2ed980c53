import { UnsupportedMediaTypeException } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Readable } from 'node:stream';
import { privateMember } from '../request/private-member.js';
import { type BodyReading, type BodyLimits, readBody } from './body-reader.js';
import { hasVonageToken } from './callback-candidate.js';
import { isEncoded, isJson } from './content-type.js';
import { bodyReading, defineLazyBody, keepReading } from './raw-body.js';

interface FastifyRequest {
  readonly raw: IncomingMessage;
  body?: unknown;
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
  hasContentTypeParser(contentType: string): boolean;
  addContentTypeParser(
    contentType: string,
    parser: (request: FastifyRequest, payload: Readable, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
}

// A type of our own, so that whatever parsers the application has for JSON, or none, do not come into play; another one
// in every process, so that nobody can send it.
const CALLBACK_TYPE = `application/vnd.nestjs-vonage-video-callbacks.${randomUUID()}`;
const LAZY = Symbol('lazy body');

/** Keeps the exact bytes of requests that may be callbacks, in a hook before any content-type parser. */
export function keepRawBodiesOnFastify(application: FastifyApplication, limits: BodyLimits): void {
  const kept = privateMember<{ reading: BodyReading; contentType: string | undefined }>();

  application.addHook('preParsing', function keepRawBodyOfVideoCallback({ raw }, reply, payload, done) {
    const keep = (reading: BodyReading): void => {
      if (reading.state === 'timed-out' && !reply.raw.headersSent) reply.raw.setHeader('connection', 'close');
      kept.set(raw, { reading, contentType: raw.headers['content-type'] });
      raw.headers['content-type'] = CALLBACK_TYPE;
      done(null, payload);
    };
    // A stored callback that is delivered again comes with its bytes.
    const stored = bodyReading(raw);
    if (stored !== undefined) {
      keep(stored);
      return;
    }
    const unread = hasVonageToken(raw) ? unreadableBody(application, raw) : 'not-ours';
    if (unread === 'not-ours') {
      done(null, payload);
      return;
    }
    readBody(payload, limits)
      .then((result) => {
        const reading: BodyReading = unread && result.state === 'complete' ? { state: unread } : result;
        keepReading(raw, reading);
        // Something else, such as a time limit of the application, may have answered meanwhile.
        if (!reply.raw.writableEnded) keep(reading);
      })
      .catch(done);
  });

  application.addContentTypeParser(CALLBACK_TYPE, (request, _payload, done) => {
    const { reading, contentType } = kept.get(request.raw) ?? {};
    if (reading === undefined) {
      // Not ours after all: there is no parser for it. Of other errors Nest would make 500 and a log line each.
      done(new UnsupportedMediaTypeException());
      return;
    }
    request.raw.headers['content-type'] = contentType;
    done(null, LAZY);
  });

  // Not earlier: some versions of Fastify look at the body when they validate, which would parse it for a stranger.
  application.addHook('preHandler', function defineBodyOfVideoCallback(request, _reply, done) {
    const reading = request.body === LAZY ? kept.get(request.raw)?.reading : undefined;
    if (reading !== undefined) {
      defineLazyBody(request, reading);
      if (reading.state === 'complete') Object.assign(request, { rawBody: reading.bytes });
    }
    done();
  });
}

/**
 * Why the body of a request that Vonage may have signed is none to be parsed, if so; `not-ours` where Fastify can be
 * trusted with it. What Fastify itself would refuse must come to the guard all the same, or nobody would be told.
 */
function unreadableBody(application: FastifyApplication, { headers }: IncomingMessage) {
  // Fastify takes compressed bytes for JSON, and answers 400, unless this plugin inflates them in a hook after ours.
  if (isEncoded(headers)) return application.hasPlugin('@fastify/compress') ? 'not-ours' : 'encoded';
  if (isJson(headers)) return undefined;
  const { 'content-type': contentType } = headers;
  // Fastify looks for no parser where nothing is sent and no type is named.
  if (contentType === undefined) return hasBody(headers) ? 'not-json' : 'not-ours';
  const [type = ''] = contentType.split(';');
  // Of parsers for a pattern of types, or for every type that has none ('*'), Fastify tells nobody.
  return application.hasContentTypeParser(type) ? 'not-ours' : 'not-json';
}

function hasBody({ 'content-length': length = '0', 'transfer-encoding': coding }: IncomingHttpHeaders): boolean {
  return length !== '0' || coding !== undefined;
}

import { type IncomingMessage, type ServerResponse } from 'node:http';
import { CallbackRequest } from '../request/callback-request.js';
import { type RawBodyReader } from './raw-body.reader.js';
import { showBody } from './callback-body.js';

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
    hook: (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (error?: Error) => void) => void,
  ): unknown;
  addHook(
    name: 'preValidation',
    hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void,
  ): unknown;
}

/** Keeps the exact bytes of requests that may be callbacks, in a hook that runs before the content-type parsers. */
export function keepRawBodiesOnFastify(application: FastifyApplication, reader: RawBodyReader): void {
  application.addHook('preParsing', function keepRawBodyOfVideoCallback({ raw }, reply, _payload, done) {
    const passOn = (request: CallbackRequest | undefined): void => {
      // Fastify does not call a parser if no header announces a body.
      request?.hideBody(['content-length', 'transfer-encoding', 'content-type']);
      done();
    };
    reader.receive(raw, reply.raw, passOn, done);
  });

  application.addHook('preValidation', function showBodyOfVideoCallback(request, _reply, done) {
    const known = CallbackRequest.find(request.raw);
    if (known?.reading !== undefined) {
      known.unhideBody();
      showBody(request, known);
    }
    done();
  });
}

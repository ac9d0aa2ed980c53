import { type IncomingMessage, type ServerResponse } from 'node:http';
import { IncomingBody } from '../request/incoming-body.js';
import { type RawBodyReader, showBody } from './raw-body.reader.js';

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

/** Keeps the exact bytes of requests that may be callbacks, in a hook before any content-type parser. */
export function keepRawBodiesOnFastify(application: FastifyApplication, reader: RawBodyReader): void {
  application.addHook('preParsing', function keepRawBodyOfVideoCallback({ raw }, reply, _payload, done) {
    const passOn = (body: IncomingBody | undefined): void => {
      // Something else, such as a time limit of the application, may have answered meanwhile.
      if (body === undefined || reply.raw.writableEnded) return;
      // Fastify looks for no parser where nothing says that there is a body.
      body.hideFrom(['content-length', 'transfer-encoding', 'content-type']);
      done();
    };
    // A stored callback comes with its bytes.
    const stored = IncomingBody.of(raw);
    if (stored !== undefined) passOn(stored);
    else if (reader.mayBeCallback(raw)) reader.readAhead(raw, reply.raw).then(passOn).catch(done);
    else done();
  });

  application.addHook('preValidation', function showBodyOfVideoCallback(request, _reply, done) {
    const body = IncomingBody.of(request.raw);
    if (body !== undefined) {
      body.show();
      showBody(request, body);
    }
    done();
  });
}

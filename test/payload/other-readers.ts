import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  type ExecutionContext,
  type INestApplication,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, BaseExceptionFilter } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import express from 'express';
import session from 'express-session';
import { type FastifyRequest } from 'fastify';
import multer from 'multer';
import { type IncomingMessage, OutgoingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import getRawBody from 'raw-body';
import { finalize, type Observable } from 'rxjs';
import { type ApplicationSetup, type Platform } from '../support/application.js';

type Request = IncomingMessage & { readonly body?: unknown };
type Middleware = (request: Request, response: ServerResponse, next: (error?: unknown) => void) => void;

/** Called by a reader with its name and the body that it saw. */
export type Saw = (reader: string, body: unknown) => void;

/** The header that says which of {@link CONSUMERS} reads a request. */
export const CONSUMER_HEADER = 'x-consumer';

/** A reader that takes the body, or the stream. Each is tried alone, because the first leaves nothing to the next. */
interface Consumer {
  readonly name: string;
  readonly middleware: (saw: Saw) => Middleware;
  /** Whether it sees the bytes of every body, also without the platform's parsers. */
  readonly seesBytes?: true;
}

/** As loggers do: reads it as text, which calls every getter. */
function print(body: unknown): unknown {
  JSON.stringify(body);
  if (typeof body === 'object' && body !== null) Object.keys(body);
  return body;
}

const collector = (name: string, collect: (request: Request) => Promise<Buffer>): Consumer => ({
  name,
  seesBytes: true,
  middleware: (saw) => (request, _response, next) => {
    collect(request).then((bytes) => {
      saw(name, bytes);
      next();
    }, next);
  },
});

async function collectWithForAwait(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const collectWithListeners = (request: Request): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.on('error', reject);
  });

const library = (name: string, handler: express.RequestHandler): Consumer => ({
  name,
  middleware: () => handler as unknown as Middleware,
});

const NOTHING: Consumer = {
  name: 'nothing',
  middleware: () => (_request, _response, next) => {
    next();
  },
};

/** On Fastify, a hook for preParsing that puts another stream in the place of the body. */
export const SWAPPED_STREAM = 'a swapped stream';

/**
 * Everything in the field that takes bodies. On Fastify a middleware that collects the stream leaves nothing to
 * Fastify's own parsers, and they wait for ever: hooks collect there.
 */
export const CONSUMERS: Readonly<Record<Platform, readonly Consumer[]>> = {
  express: [
    NOTHING,
    collector('a collector with listeners', collectWithListeners),
    collector('a collector with for await', collectWithForAwait),
    collector('raw-body', (request) => getRawBody(request)),
    library('express.json()', express.json()),
    library('express.json() with a small limit', express.json({ limit: 10 })),
    library("express.raw({ type: '*/*' })", express.raw({ type: '*/*' })),
    library('express.text() for every type', express.text({ type: () => true })),
    library('multer', multer().any()),
    library('express-session', session({ secret: 'of the session', resave: false, saveUninitialized: false })),
  ],
  fastify: [NOTHING, { ...NOTHING, name: SWAPPED_STREAM, seesBytes: true }],
};

function interceptor(saw: Saw) {
  @Injectable()
  class LoggingInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const request = context.switchToHttp().getRequest<Request>();
      print(request.body);
      return next.handle().pipe(
        finalize(() => {
          saw('an interceptor', print(request.body));
        }),
      );
    }
  }
  return { provide: APP_INTERCEPTOR, useClass: LoggingInterceptor };
}

function filter(saw: Saw) {
  @Catch()
  class LoggingFilter extends BaseExceptionFilter {
    override catch(exception: unknown, host: ArgumentsHost): void {
      saw('an exception filter', print(host.switchToHttp().getRequest<Request>().body));
      super.catch(exception, host);
    }
  }
  return { provide: APP_FILTER, useClass: LoggingFilter };
}

/** The names of the observers that see the body of every callback that is accepted, the last one last. */
export const OBSERVERS: Readonly<Record<Platform, readonly string[]>> = {
  express: ['an interceptor', 'finish', 'close'],
  fastify: ['preValidation', 'preHandler', 'an interceptor', 'onSend', 'onResponse'],
};

function observeOnExpress(app: INestApplication, saw: Saw): void {
  const copyRequest: Middleware = (request, response, next) => {
    const copy = (): void => {
      // eslint-disable-next-line @typescript-eslint/no-misused-spread -- as serializers of loggers do
      print({ ...request }.body);
      for (const name in request) Reflect.get(request, name);
      // As proxies do: a header that is undefined throws.
      const proxied = new OutgoingMessage();
      for (const [name, value] of Object.entries(request.headers)) proxied.setHeader(name, value as string);
    };
    copy();
    response.on('finish', copy);
    next();
  };
  const keepOwnRaw: Middleware = (request, response, next) => {
    Object.assign(request, { raw: 'of the application' });
    Object.assign(response, { raw: 'of the application' });
    next();
  };
  const listen: Middleware = (request, response, next) => {
    for (const event of ['finish', 'close']) {
      response.on(event, () => {
        saw(event, print(request.body));
      });
    }
    next();
  };
  app.use(copyRequest, keepOwnRaw, listen);
  const handlers = new Map(CONSUMERS.express.map(({ name, middleware }) => [name, middleware(saw)]));
  app.use(((request, response, next) => {
    const handler = handlers.get(String(request.headers[CONSUMER_HEADER]));
    if (handler === undefined) throw new Error('no consumer is named');
    handler(request, response, next);
  }) satisfies Middleware);
}

function observeOnFastify(app: INestApplication, saw: Saw): void {
  const instance = (app as NestFastifyApplication).getHttpAdapter().getInstance();
  const look =
    (name: string) =>
    (request: FastifyRequest): Promise<void> => {
      saw(name, print(request.body));
      return Promise.resolve();
    };
  const lookAtAnswer =
    (name: string) =>
    (request: FastifyRequest, _reply: unknown, payload: unknown): Promise<unknown> => {
      saw(name, print(request.body));
      return Promise.resolve(payload);
    };
  instance.addHook('preParsing', async ({ headers }, _reply, payload) => {
    if (headers[CONSUMER_HEADER] !== SWAPPED_STREAM) return payload;
    const bytes = await collectWithForAwait(payload);
    saw(SWAPPED_STREAM, bytes);
    return Readable.from([bytes]);
  });
  instance.addHook('preValidation', look('preValidation'));
  instance.addHook('preHandler', look('preHandler'));
  instance.addHook('onResponse', look('onResponse'));
  instance.addHook('preSerialization', lookAtAnswer('preSerialization'));
  instance.addHook('onSend', lookAtAnswer('onSend'));
}

/** An application with everything in the field that reads requests beside this module. */
export const withOtherReaders = (
  platform: Platform,
  saw: Saw,
): Pick<ApplicationSetup, 'platform' | 'configure' | 'providers'> => ({
  platform,
  providers: [interceptor(saw), filter(saw)],
  configure: (app) => {
    if (platform === 'express') observeOnExpress(app, saw);
    else observeOnFastify(app, saw);
  },
});

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

/** Something in an application that reads requests beside this module. */
interface OtherReader {
  readonly name: string;
  readonly platforms: readonly Platform[];
  readonly setup: (saw: (body: unknown) => void) => Pick<ApplicationSetup, 'nest' | 'configure' | 'providers'>;
  /** Whether what it sees of a genuine callback is the parsed JSON, or the bytes. */
  readonly sees: 'json' | 'bytes' | 'nothing';
}

type Saw = (body: unknown) => void;
type Request = IncomingMessage & { readonly body?: unknown };
type Next = (error?: unknown) => void;
type Middleware = (request: Request, response: ServerResponse, next: Next) => void;

const BOTH: readonly Platform[] = ['express', 'fastify'];
const EXPRESS: readonly Platform[] = ['express'];
const FASTIFY: readonly Platform[] = ['fastify'];

const using = (middleware: (saw: Saw) => Middleware, nest = {}) => {
  return (saw: Saw) => ({ nest, configure: (app: INestApplication) => void app.use(middleware(saw)) });
};

const hooked = (add: (instance: ReturnType<NestFastifyApplication['getHttpAdapter']>, saw: Saw) => void) => {
  return (saw: Saw) => ({
    configure: (app: INestApplication) => {
      add((app as NestFastifyApplication).getHttpAdapter(), saw);
    },
  });
};

/** As loggers do: reads it as text, which calls every getter. */
const print = (body: unknown): unknown => {
  JSON.stringify(body);
  // Without this module there is nothing, or an object or a list.
  if (body !== undefined) Object.keys(body as object);
  return body;
};

// On Fastify such a middleware leaves nothing to Fastify's own parsers, and they wait for ever: hooks collect there.
const withListeners = (saw: Saw): Middleware => {
  return (request, _response, next) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      saw(Buffer.concat(chunks));
      next();
    });
    request.on('error', next);
  };
};

const withForAwait = (saw: Saw): Middleware => {
  return (request, _response, next) => {
    const collect = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      saw(Buffer.concat(chunks));
    };
    collect().then(() => {
      next();
    }, next);
  };
};

const withRawBody = (saw: Saw): Middleware => {
  return (request, _response, next) => {
    getRawBody(request).then((bytes) => {
      saw(bytes);
      next();
    }, next);
  };
};

function interceptor(saw: Saw): Pick<ApplicationSetup, 'providers'> {
  @Injectable()
  class LoggingInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const request = context.switchToHttp().getRequest<Request>();
      print(request.body);
      return next.handle().pipe(
        finalize(() => {
          saw(print(request.body));
        }),
      );
    }
  }
  return { providers: [{ provide: APP_INTERCEPTOR, useClass: LoggingInterceptor }] };
}

function filter(saw: Saw): Pick<ApplicationSetup, 'providers'> {
  @Catch()
  class LoggingFilter extends BaseExceptionFilter {
    override catch(exception: unknown, host: ArgumentsHost): void {
      saw(print(host.switchToHttp().getRequest<Request>().body));
      super.catch(exception, host);
    }
  }
  return { providers: [{ provide: APP_FILTER, useClass: LoggingFilter }] };
}

const fastifyHook = (name: 'preValidation' | 'preHandler' | 'onResponse') =>
  hooked((adapter, saw) => {
    const hook = (request: FastifyRequest, _reply: unknown, done: () => void): void => {
      saw(print(request.body));
      done();
    };
    if (name === 'preValidation') adapter.getInstance().addHook('preValidation', hook);
    else if (name === 'preHandler') adapter.getInstance().addHook('preHandler', hook);
    else adapter.getInstance().addHook('onResponse', hook);
  });

const fastifySendingHook = (name: 'onSend' | 'preSerialization') =>
  hooked((adapter, saw) => {
    const hook = (request: FastifyRequest, _reply: unknown, payload: unknown, done: DoneSending): void => {
      saw(print(request.body));
      done(null, payload);
    };
    if (name === 'onSend') adapter.getInstance().addHook('onSend', hook);
    else adapter.getInstance().addHook('preSerialization', hook);
  });

type DoneSending = (error: Error | null, payload: unknown) => void;

/** Everything in the field that was seen to read requests. */
export const OTHER_READERS: readonly OtherReader[] = [
  { name: 'nothing else', platforms: BOTH, sees: 'nothing', setup: () => ({}) },
  ...(['finish', 'close'] as const).map((event) => ({
    name: `a listener for "${event}" of the response`,
    platforms: EXPRESS,
    sees: 'json' as const,
    setup: using((saw) => (request, response, next) => {
      response.on(event, () => {
        saw(print(request.body));
      });
      next();
    }),
  })),
  {
    name: 'a middleware that copies the request',
    platforms: EXPRESS,
    sees: 'nothing',
    setup: using(() => (request, response, next) => {
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
    }),
  },
  {
    name: 'a middleware that keeps a text of its own in request.raw and response.raw',
    platforms: EXPRESS,
    sees: 'nothing',
    setup: using(() => (request, response, next) => {
      Object.assign(request, { raw: 'of the application' });
      Object.assign(response, { raw: 'of the application' });
      next();
    }),
  },
  { name: 'an interceptor', platforms: BOTH, sees: 'json', setup: interceptor },
  { name: 'an exception filter', platforms: BOTH, sees: 'nothing', setup: filter },
  ...([true, false] as const).flatMap((bodyParser) => {
    const beside = bodyParser ? "before the platform's parsers" : 'with bodyParser: false';
    return [
      {
        name: `a collector with listeners, ${beside}`,
        platforms: EXPRESS,
        sees: 'bytes' as const,
        setup: using(withListeners, { bodyParser }),
      },
      {
        name: `a collector with for await, ${beside}`,
        platforms: EXPRESS,
        sees: 'bytes' as const,
        setup: using(withForAwait, { bodyParser }),
      },
      {
        name: `raw-body, ${beside}`,
        platforms: EXPRESS,
        sees: 'bytes' as const,
        setup: using(withRawBody, { bodyParser }),
      },
    ];
  }),
  ...(
    [
      ['express.json()', () => express.json()],
      ['express.json() for little', () => express.json({ limit: 10 })],
      ["express.raw({ type: '*/*' })", () => express.raw({ type: '*/*' })],
      ['express.text() for every type', () => express.text({ type: () => true })],
      ['multer', () => multer().any()],
      ['express-session', () => session({ secret: 'of the session', resave: false, saveUninitialized: false })],
    ] satisfies (readonly [string, () => express.RequestHandler])[]
  ).map(([name, make]) => ({
    name,
    platforms: EXPRESS,
    sees: 'nothing' as const,
    setup: (): Pick<ApplicationSetup, 'configure'> => ({ configure: (app) => void app.use(make()) }),
  })),
  ...(['preValidation', 'preHandler', 'onResponse'] as const).map((name) => ({
    name: `a hook for ${name}`,
    platforms: FASTIFY,
    sees: 'json' as const,
    setup: fastifyHook(name),
  })),
  ...(['onSend', 'preSerialization'] as const).map((name) => ({
    name: `a hook for ${name}`,
    platforms: FASTIFY,
    sees: 'nothing' as const,
    setup: fastifySendingHook(name),
  })),
  {
    name: 'a hook for preParsing that puts another stream in its place',
    platforms: FASTIFY,
    sees: 'bytes',
    setup: hooked((adapter, saw) => {
      adapter.getInstance().addHook('preParsing', async (_request, _reply, payload) => {
        const chunks: Buffer[] = [];
        for await (const chunk of payload) chunks.push(chunk as Buffer);
        const bytes = Buffer.concat(chunks);
        saw(bytes);
        return Readable.from([bytes]);
      });
    }),
  },
];

import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  All,
  Controller,
  type INestApplication,
  MethodNotAllowedException,
  Module,
  Post,
  Req,
  type Type,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type CallbackObserver, VideoCallback, VideoCallbacksModule } from '../../index.js';
import { UsageError } from '../exit-code.js';
import { errorCode, MAX_BODY } from '../input.js';
import { printable } from '../output.js';
import { diagnoseSignature } from '../signature-diagnosis.js';
import { type SignatureSecrets } from '../signature-secrets.js';
import { type Receipt } from './receipt.js';

const MAX_CONNECTIONS = 64;

/** How many requests may wait to be printed before they are no longer diagnosed. */
const MAX_WAITING = 32;

/** In seconds: how long headers and body may take to arrive, each. */
const TIMEOUT = 10;

/** What a listener expects, and where. */
interface ListenerOptions {
  readonly port: number;
  readonly host: string;
  readonly secrets: SignatureSecrets;
  /** At least one. */
  readonly kinds: readonly VideoCallbackKind[];
  /** None: callbacks of any project are accepted. */
  readonly projects: readonly string[];
  readonly anyUserAgent: boolean;
  readonly signal: AbortSignal;
  /** Called with the address once there is one. */
  readonly listening: (url: string) => void;
  /** Called with each request when it is answered. */
  readonly report: (receipt: Receipt) => void;
  /** Called with what the report threw. */
  readonly failed: (error: unknown) => void;
}

/** The request that is being handled. */
const current = new AsyncLocalStorage<Receipt>();

/**
 * Runs a Nest application that accepts callbacks at every path, until the signal aborts.
 *
 * @throws {UsageError} if it cannot listen on the address, or no platform of Nest is installed
 */
export async function listenUntilAborted(options: ListenerOptions): Promise<void> {
  const { port, host, signal, listening, report, failed, secrets, kinds } = options;
  const app = await NestFactory.create<INestApplication<Server>>(listenerModule(options), await adapter(), {
    logger: false,
    abortOnError: false,
    bodyParser: false,
    forceCloseConnections: true,
  });
  const server = app.getHttpServer();
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = TIMEOUT * 1000;
  let waiting = 0;
  let reports = Promise.resolve();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const receipt = receive(request, kinds);
    current.enterWith(receipt);
    response.once('close', () => {
      // Of a client that hung up there is nothing to report.
      if (!response.headersSent) return;
      receipt.status = response.statusCode;
      waiting += 1;
      reports = reports
        .then(async () => {
          // A flood of forged requests is printed without diagnoses.
          report(waiting > MAX_WAITING ? receipt : await explained(receipt, secrets));
        })
        .catch(failed)
        .finally(() => (waiting -= 1));
    });
  });
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw new UsageError(`cannot listen on ${host}:${port}: ${errorCode(error)}`);
  }
  listening(await app.getUrl());
  if (!signal.aborted) await once(signal, 'abort');
  await app.close();
  await reports;
}

/** Express if it is installed, else Fastify. */
async function adapter(): Promise<AbstractHttpAdapter> {
  const platforms = [
    async () => new (await import('@nestjs/platform-express')).ExpressAdapter(),
    async () => new (await import('@nestjs/platform-fastify')).FastifyAdapter({ forceCloseConnections: true }),
  ];
  for (const load of platforms) {
    try {
      return await load();
    } catch (error) {
      if (errorCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  }
  throw new UsageError('listen needs a platform of Nest: npm install @nestjs/platform-express, or platform-fastify');
}

/** Notes a request, and sends it to the route of its kind, on whichever platform. */
function receive(request: IncomingMessage, kinds: readonly VideoCallbackKind[]): Receipt {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const kind = kinds.find((known) => isPathOf(known, path));
  request.url = `/${request.method === 'POST' ? (kind ?? ANY_KIND) : NO_POST}`;
  const expected = kind === undefined ? kinds : [kind];
  return { at: new Date(), request, path: printable(path, 80), kinds: expected, status: 0 };
}

/** Whether the last part of a path names the kind, in the singular or plural: `/video/experience-composers`. */
function isPathOf(kind: VideoCallbackKind, path: string): boolean {
  const name = path.split('/').findLast((part) => part !== '') ?? '';
  return new RegExp(`^${kind}s?$`, 'i').test(name.replaceAll('-', ''));
}

/** The receipt with what else can be found out. */
async function explained(receipt: Receipt, secrets: SignatureSecrets): Promise<Receipt> {
  if (receipt.reason !== 'signature_mismatch') return receipt;
  const diagnosis = await diagnoseSignature(receipt.request.headersDistinct, secrets, receipt.kinds);
  return diagnosis === undefined ? receipt : { ...receipt, explanation: `${receipt.explanation ?? ''}; ${diagnosis}` };
}

const ANY_KIND = 'any';
const NO_POST = 'no-post';

function listenerModule({ secrets, kinds, projects, anyUserAgent }: ListenerOptions): Type {
  @Module({
    imports: [
      VideoCallbacksModule.forRoot({
        secretProvider: {
          secretsFor: ({ projectId, kind }) =>
            projects.length === 0 || projects.includes(projectId) ? secrets.of(kind) : undefined,
        },
        secretTtl: Infinity,
        ...(anyUserAgent ? { userAgent: false } : {}),
        bodyLimit: MAX_BODY,
        bodyTimeout: TIMEOUT,
        // Every copy of a callback is printed.
        ledger: false,
        observer: OBSERVER,
      }),
    ],
    controllers: [...kinds.map((kind) => controllerOf(kind, [kind])), controllerOf(ANY_KIND, kinds), NoPostController],
  })
  class ListenerModule {}
  return ListenerModule;
}

function controllerOf(path: string, kinds: readonly VideoCallbackKind[]): Type {
  @Controller()
  class ListenerController {
    @Post(path)
    @VideoCallback(kinds)
    receive(@Req() { rawBody }: { readonly rawBody?: Buffer }): void {
      note({ rawBody });
    }
  }
  return ListenerController;
}

@Controller()
class NoPostController {
  @All(NO_POST)
  refuse(): never {
    note({ reason: 'method_not_allowed', explanation: 'callbacks are sent with POST' });
    throw new MethodNotAllowedException();
  }
}

/** Notes what becomes of a request. */
const OBSERVER: CallbackObserver = {
  accepted: ({ setAside, ...genuine }) => {
    note({ genuine, violations: setAside });
  },
  rejected: ({ reason, explanation, projectId = '' }) => {
    const other = `the token names ${JSON.stringify(projectId)}, which is not that of --api-key or --application-id`;
    note({ reason, explanation: reason === 'project_unknown' ? other : explanation });
  },
  unusable: ({ status, violations, rawBody, ...genuine }) => {
    const reason = status === 413 ? 'body_too_large' : status === 408 ? 'body_too_slow' : 'payload_unusable';
    note({ genuine, reason, explanation: 'the body cannot be used', violations, rawBody });
  },
  failed: ({ kind, error, ...genuine }) => {
    const explanation = `the request could not be examined: ${errorCode(error)}`;
    note({ reason: 'not_examined', explanation, ...(kind === 'unknown' ? {} : { genuine: { ...genuine, kind } }) });
  },
  unavailable: ({ error }) => {
    note({ reason: 'not_examined', explanation: `the request could not be examined: ${errorCode(error)}` });
  },
};

function note(found: Partial<Receipt>): void {
  Object.assign(current.getStore() ?? {}, found);
}

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
import { errorCode, MAX_BODY } from '../input.js';
import { Output, printable } from '../output.js';
import { diagnoseSignature } from '../signature-diagnosis.js';
import { type SignatureSecrets } from '../signature-secrets.js';
import { type Surroundings, UsageError } from '../surroundings.js';
import { type ListenOptions } from './listen.command.js';
import { type Receipt, reportReceipt } from './receipt.js';

const MAX_CONNECTIONS = 64;

/** How many requests may wait to be printed before they are no longer diagnosed. */
const MAX_WAITING = 32;

/** In seconds: how long headers and body may take to arrive, each. */
const TIMEOUT = 10;

/** The request that is being handled. */
const current = new AsyncLocalStorage<Receipt>();

/**
 * Runs a Nest application that accepts callbacks at every path and prints each request, until the signal aborts.
 *
 * @param kinds the kinds that are expected, at least one
 * @throws {UsageError} if it cannot listen on the address, or no platform of Nest is installed
 */
export async function listenUntilAborted(
  kinds: readonly VideoCallbackKind[],
  secrets: SignatureSecrets,
  options: ListenOptions,
  { signal, stderr, ...surroundings }: Surroundings,
): Promise<void> {
  const { port = 3000, host = '127.0.0.1', body = false } = options;
  const output = new Output(options, surroundings);
  const module = listenerModule(kinds, secrets, options);
  const app = await NestFactory.create<INestApplication<Server>>(module, await adapter(), {
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
      // The client has disconnected: there is nothing to report.
      if (!response.headersSent) return;
      receipt.status = response.statusCode;
      waiting += 1;
      reports = reports
        .then(async () => {
          // Leave out diagnoses in a flood of forged requests.
          if (waiting <= MAX_WAITING) await diagnose(receipt, secrets);
          reportReceipt(receipt, body, output);
        })
        .catch((error: unknown) => {
          stderr.write(`video-callbacks: a request could not be reported: ${errorCode(error)}\n`);
        })
        .finally(() => (waiting -= 1));
    });
  });
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw new UsageError(`cannot listen on ${host}:${port}: ${errorCode(error)}`);
  }
  const url = await app.getUrl();
  output.line(`Listening on ${url} for ${kinds.join(', ')}. End with Ctrl-C.`);
  output.jsonLine({ listening: url, kinds });
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

/**
 * Records a request and sends it to the route of its kind, on both platforms. The last part of the path may name the
 * kind, in the singular or plural, as in `/video/experience-composers`.
 */
function receive(request: IncomingMessage, kinds: readonly VideoCallbackKind[]): Receipt {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const name = path.split('/').findLast((part) => part !== '') ?? '';
  const kind = kinds.find((known) => new RegExp(`^${known}s?$`, 'i').test(name.replaceAll('-', '')));
  request.url = `/${request.method === 'POST' ? (kind ?? ANY_KIND) : NO_POST}`;
  const expected = kind === undefined ? kinds : [kind];
  return { at: new Date(), request, path: printable(path, 80), kinds: expected, status: 0 };
}

/** Adds to the explanation of a receipt whose secret did not match. */
async function diagnose(receipt: Receipt, secrets: SignatureSecrets): Promise<void> {
  if (receipt.reason !== 'signature_mismatch') return;
  const diagnosis = await diagnoseSignature(receipt.request.headersDistinct, secrets, receipt.kinds);
  if (diagnosis !== undefined) receipt.explanation = `${receipt.explanation ?? ''}; ${diagnosis}`;
}

const ANY_KIND = 'any';
const NO_POST = 'no-post';

function listenerModule(
  kinds: readonly VideoCallbackKind[],
  secrets: SignatureSecrets,
  { applicationId, apiKey, anyUserAgent }: ListenOptions,
): Type {
  const projects = [applicationId, apiKey].filter((project) => project !== undefined);
  @Module({
    imports: [
      VideoCallbacksModule.forRoot({
        secretProvider: {
          secretsFor: ({ projectId, kind }) =>
            projects.length === 0 || projects.includes(projectId)
              ? secrets.of(kind).map(({ secret }) => secret)
              : undefined,
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

/** Records the outcome of each request. */
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
};

function note(found: Partial<Receipt>): void {
  Object.assign(current.getStore() ?? {}, found);
}

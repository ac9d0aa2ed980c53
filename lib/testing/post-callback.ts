import { Server } from 'node:net';
import { type SignedCallback } from './sign-callback.js';

/** The part of Nest's `INestApplication` that is needed here. */
export interface CallbackApplication {
  getHttpServer(): unknown;
  listen(port: number, hostname: string): Promise<unknown>;
}

/**
 * Posts a signed callback to an application in a test, over a real connection, on Express and Fastify alike. An
 * application that does not listen yet is made to, on a free port of the loopback interface; close it as usual.
 *
 * @throws {TypeError} if the application's server cannot be reached over TCP
 *
 * @example
 * const response = await postCallback(app, '/video/archives', signCallback({ body, apiKey, secret }));
 * expect(response.status).toBe(204);
 */
export async function postCallback(
  app: CallbackApplication,
  path: string,
  { method, headers, body }: SignedCallback,
): Promise<Response> {
  if (addressOf(app) === null) await app.listen(0, '127.0.0.1');
  const address = addressOf(app);
  if (address === null || typeof address === 'string') {
    throw new TypeError('The application does not listen on a TCP port.');
  }
  const host = address.family === 'IPv6' ? '[::1]' : '127.0.0.1';
  return fetch(new URL(path, `http://${host}:${address.port}`), { method, headers, body });
}

function addressOf(app: CallbackApplication) {
  const server = app.getHttpServer();
  if (!(server instanceof Server)) throw new TypeError('The application has no HTTP server.');
  return server.address();
}

import { connect } from 'node:http2';
import { request } from 'node:https';
import { type SecureVersion, type TLSSocket } from 'node:tls';
import { type SignedRequest } from '../support/signer.js';
import { AUTHORITY, type Identity } from './certificates.js';

interface TlsAnswer {
  readonly status: number | undefined;
  readonly text: string;
  /** The latest session that the server let the client resume. */
  readonly session: Buffer | undefined;
  /** Whether this connection resumed the session that was offered. */
  readonly resumed: boolean;
}

interface TlsConnection {
  /** The certificate that the client shows; without it, none. */
  readonly identity?: Identity | undefined;
  /** A session to resume. */
  readonly session?: Buffer | undefined;
  readonly version?: SecureVersion;
}

/** Posts a request over a TLS connection of its own. */
export function postOverTls(
  port: number,
  { headers, body }: SignedRequest,
  { identity, session, version = 'TLSv1.3' }: TlsConnection = {},
): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    let latestSession: Buffer | undefined;
    const outgoing = request({
      method: 'POST',
      host: '127.0.0.1',
      port,
      path: '/callbacks/archive',
      headers: { ...headers, 'content-length': body.length },
      agent: false,
      ca: AUTHORITY,
      minVersion: version,
      maxVersion: version,
      ...identity,
      ...(session === undefined ? {} : { session }),
    });
    outgoing.on('socket', (socket) => {
      socket.on('session', (given: Buffer) => {
        latestSession = given;
      });
    });
    outgoing.on('response', (response) => {
      const resumed = (response.socket as TLSSocket).isSessionReused();
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode,
          text: Buffer.concat(chunks).toString(),
          session: latestSession,
          resumed,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Posts a request over HTTP/2, with TLS or without, and resolves with the status of the answer. */
export async function postOverHttp2(
  url: string,
  { headers, body }: SignedRequest,
  identity?: Identity,
): Promise<number> {
  const session = connect(url, { ca: AUTHORITY, ...identity });
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject);
      const request = session.request({ ':method': 'POST', ':path': '/callbacks/archive', ...headers });
      request.on('response', ({ ':status': status = 0 }) => {
        resolve(status);
      });
      request.on('error', reject);
      request.resume();
      request.end(body);
    });
  } finally {
    session.close();
  }
}

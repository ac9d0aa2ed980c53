import { type IncomingMessage } from 'node:http';
import { RawBodyReader } from '../../lib/payload/raw-body.reader.js';
import { type BodyReading } from '../../lib/request/body-reading.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { Connection, head } from '../support/connection.js';
import { signed } from '../support/signer.js';

/** Of the readers under test. */
export const LIMITS = { bodyLimit: 100, bodyTimeout: 0.03 };
export const JSON_TYPE = 'application/json';

/** A reader that takes every path for one of a secured method. */
export function readerOfAll(): RawBodyReader {
  return new RawBodyReader(LIMITS, () => ['/'], new CallbackTelemetry());
}

/** What a route of the application sees of a request. */
export interface Seen {
  readonly state: BodyReading['state'] | undefined;
  readonly rawBody: string | undefined;
  readonly body: unknown;
  readonly type: string | undefined;
}

interface PlatformRequest {
  readonly raw?: IncomingMessage;
  readonly headers: { readonly 'content-type'?: string | undefined };
  readonly body?: unknown;
  readonly rawBody?: Buffer;
}

/** What is seen of a platform's request. */
export function seenOf(request: PlatformRequest, raw: IncomingMessage): Seen {
  return {
    state: CallbackRequest.find(raw)?.reading?.state,
    rawBody: 'rawBody' in request ? String(request.rawBody) : undefined,
    body: request.body,
    type: request.headers['content-type'],
  };
}

/** Lets a request come with its body, as that of a stored callback does. */
export function bringBody(raw: IncomingMessage, body: string): void {
  Object.assign(CallbackRequest.at(raw), { reading: { state: 'complete', bytes: Buffer.from(body) }, isShown: true });
}

/** Sends the head of a callback and no more than the beginning of its body. */
export async function openStalled(port: number): Promise<Connection> {
  const { headers, body } = signed('{"a":1}');
  const connection = await Connection.open(port);
  connection.write(head('/', headers, `content-length: ${body.length}`));
  connection.write(body.subarray(0, 3));
  return connection;
}

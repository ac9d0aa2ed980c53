import { type HttpException } from '@nestjs/common';
import { type BodyReading } from '../../lib/payload/body-reader.js';
import { Connection, head } from '../support/connection.js';
import { signed } from '../support/signer.js';

/** Of the readers under test. */
export const LIMITS = { bodyLimit: 100, bodyTimeout: 0.03 };
export const JSON_TYPE = 'application/json';

/** What a route of the application sees of a request. */
export interface Seen {
  readonly state: BodyReading['state'] | undefined;
  readonly rawBody: string | undefined;
  /** What `body` is, or the status of the error that reading it throws. */
  readonly body: unknown;
  readonly type: string | undefined;
}

interface PlatformRequest {
  readonly headers: { readonly 'content-type'?: string | undefined };
  readonly body?: unknown;
  readonly rawBody?: Buffer;
}

/** What is seen of a platform's request, whose body was read so. */
export function seenOf(request: PlatformRequest, reading: BodyReading | undefined): Seen {
  return {
    state: reading?.state,
    rawBody: 'rawBody' in request ? String(request.rawBody) : undefined,
    body: bodyOf(request),
    type: request.headers['content-type'],
  };
}

function bodyOf(request: PlatformRequest): unknown {
  try {
    return request.body;
  } catch (error) {
    return (error as HttpException).getStatus();
  }
}

/** Sends the head of a callback and no more than the beginning of its body. */
export async function openStalled(port: number): Promise<Connection> {
  const { headers, body } = signed('{"a":1}');
  const connection = await Connection.open(port);
  connection.write(head('/', headers, `content-length: ${body.length}`));
  connection.write(body.subarray(0, 3));
  return connection;
}

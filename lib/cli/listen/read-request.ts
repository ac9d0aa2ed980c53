import { type IncomingMessage } from 'node:http';
import { GrowingBuffer } from '../../payload/body-reader.js';
import { MAX_BODY } from '../input.js';
import { type ReceivedRequest } from './receipt.js';

const MAX_SECONDS = 10;

/** Reads a request within its bounds of size and time; `undefined` if the client closed the connection. */
export async function readRequest(request: IncomingMessage): Promise<ReceivedRequest | undefined> {
  const body = await readBody(request);
  if (body === undefined) return undefined;
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    // Node keeps only the first of several Authorization headers in `headers`.
    headers: { ...request.headersDistinct },
    body,
  };
}

function readBody(request: IncomingMessage): Promise<Buffer | 408 | 413 | undefined> {
  return new Promise((resolve) => {
    const body = new GrowingBuffer();
    let isOver = false;
    const timer = setTimeout(() => {
      end(408);
    }, MAX_SECONDS * 1000);
    const end = (result: Buffer | 408 | 413 | undefined): void => {
      isOver = true;
      clearTimeout(timer);
      resolve(result);
    };
    request.on('data', (chunk: Buffer) => {
      // The rest is read and dropped, so that the client can read the answer.
      if (isOver) return;
      if (body.length + chunk.length > MAX_BODY) end(413);
      else body.append(chunk);
    });
    request.on('end', () => {
      end(body.bytes);
    });
    request.on('error', () => undefined);
    request.on('close', () => {
      end(undefined);
    });
  });
}

import { type IncomingMessage } from 'node:http';
import { MAX_BODY } from '../bounded-input.js';
import { type ReceivedRequest } from './receipt.js';

const MAX_SECONDS = 10;

/** Reads a request within its bounds of size and time; `undefined` if the client went away. */
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
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => {
      end(408);
    }, MAX_SECONDS * 1000);
    const end = (body: Buffer | 408 | 413 | undefined): void => {
      clearTimeout(timer);
      resolve(body);
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      // The rest is taken and thrown away, so that the client gets to read the answer.
      if (length > MAX_BODY) end(413);
      else chunks.push(chunk);
    });
    request.on('end', () => {
      end(Buffer.concat(chunks));
    });
    request.on('error', () => undefined);
    request.on('close', () => {
      end(undefined);
    });
  });
}

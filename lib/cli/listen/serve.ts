import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { errorCode } from '../input.js';
import { UsageError } from '../exit-code.js';
import { type CallbackReceiver } from './callback-receiver.js';
import { readRequest } from './read-request.js';
import { type Receipt, type ReceivedRequest } from './receipt.js';

const MAX_CONNECTIONS = 64;

/** Where and how long to serve. */
interface Serving {
  readonly port: number;
  readonly host: string;
  readonly signal: AbortSignal;
  /** Called with the address once there is one. */
  readonly listening: (url: string) => void;
  /** Called with what went wrong with a request. */
  readonly failed: (error: unknown) => void;
}

/**
 * Answers requests until the signal aborts.
 *
 * @throws {UsageError} if it cannot listen on the address
 */
export async function serveUntilAborted(
  receiver: Pick<CallbackReceiver, 'receive'>,
  report: (receipt: Receipt) => void,
  { port, host, signal, listening, failed }: Serving,
): Promise<void> {
  const server = createServer((request, response) => {
    answer(receiver, report, request, response).catch((error: unknown) => {
      // One request must not end the receiver, and none stays without an answer.
      if (!response.headersSent) response.writeHead(500, { connection: 'close' });
      response.end();
      failed(error);
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = 10_000;
  try {
    server.listen(port, host);
    await once(server, 'listening', { signal });
    listening(urlOf(server.address() as AddressInfo));
  } catch (error) {
    if (signal.aborted) throw error;
    throw new UsageError(`cannot listen on ${host}:${port}: ${errorCode(error)}`);
  }
  if (!signal.aborted) await once(signal, 'abort');
  server.close();
  server.closeAllConnections();
}

async function answer(
  receiver: Pick<CallbackReceiver, 'receive'>,
  report: (receipt: Receipt) => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const received = await readRequest(request);
  if (received === undefined) return;
  const receipt = await receiver.receive(received).catch((error: unknown) => notExamined(received, error));
  report(receipt);
  // What was not read would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(receipt.status).end();
}

/** The receipt of a request that could not be examined, through a fault of this command. */
function notExamined(request: ReceivedRequest, error: unknown): Receipt {
  const explanation = `the request could not be examined: ${errorCode(error)}`;
  return { at: new Date(), request, status: 500, reason: 'not_examined', explanation };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

export interface PlainEndpoint {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** A server of plain node:http that keeps what it gets and answers as a test says. */
export async function startEndpoint(
  answer: (seen: SeenRequest) => number | Promise<number> = () => 204,
): Promise<PlainEndpoint> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', request, body: Buffer.concat(chunks) };
      seen.push(one);
      void (async () => {
        const status = await answer(one);
        if (status === 0) request.socket.destroy();
        else response.writeHead(status).end();
      })();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { Agent, request } from 'node:http';
import { type Socket } from 'node:net';
import { PATH } from '../server/setup.js';
import { type Reply } from './setup.js';

/** A request of any method, whose headers may be repeated. */
export interface OutgoingRequest {
  readonly method?: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** In ms: longer than anything that the server waits for. */
const TIMEOUT = 15_000;
/**
 * In ms: long before a server closes a connection that is idle, which Node does after 5 s at the earliest. A client that
 * leaves it to the server may use a connection while it is being closed, and loses a request by nobody's fault.
 */
const LONGEST_IDLE = 1000;

/** Sends whole requests over connections that are kept alive for a while. */
export class Poster {
  private readonly agent: Agent;
  private readonly lastUses = new WeakMap<Socket, number>();

  constructor(
    private readonly port: number,
    maxSockets: number,
  ) {
    // The agent's time limit is that of idle connections: requests have their own.
    this.agent = new Agent({ keepAlive: true, maxSockets, timeout: LONGEST_IDLE });
  }

  send({ method = 'POST', query, headers, body }: OutgoingRequest): Promise<Reply> {
    return new Promise((resolve) => {
      let status = 0;
      let idle = 0;
      let bytesBefore = 0;
      const outgoing = request(
        {
          port: this.port,
          host: '127.0.0.1',
          path: query === undefined ? PATH : `${PATH}?${query}`,
          method,
          headers: {
            'content-length': body.length,
            ...Object.fromEntries(
              Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
            ),
          },
          agent: this.agent,
          timeout: TIMEOUT,
        },
        (response) => {
          status = response.statusCode ?? 0;
          response.on('error', lose);
          response.resume();
          response.once('end', () => {
            resolve({ status });
          });
        },
      );
      const lose = (error: NodeJS.ErrnoException): void => {
        const { code = error.message } = error;
        const bytes = (outgoing.socket?.bytesRead ?? 0) - bytesBefore;
        resolve({ status, loss: { error: code, isReused: outgoing.reusedSocket, idle, bytes } });
      };
      outgoing.once('socket', (socket) => {
        const now = Date.now();
        idle = now - (this.lastUses.get(socket) ?? now);
        bytesBefore = socket.bytesRead;
        outgoing.once('close', () => this.lastUses.set(socket, Date.now()));
      });
      outgoing.once('timeout', () => outgoing.destroy(new Error(`nothing within ${TIMEOUT} ms`)));
      outgoing.on('error', lose);
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

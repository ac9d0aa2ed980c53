import { Agent, request } from 'node:http';
import { type Socket } from 'node:net';
import { PATH } from './target.js';

/** What came of a request. */
export interface Reply {
  /** 0 without an answer. */
  readonly status: number;
  /** How the answer was lost, if the client waited for all of it in vain. */
  readonly loss?: Loss;
}

/** What is known of a connection over which an answer did not come, or not whole. */
export interface Loss {
  /** Its code, or its message. */
  readonly error: string;
  /** Whether there were requests before on the same connection, and for how many ms none since. */
  readonly isReused: boolean;
  readonly idle: number;
  /** How much of the answer came. */
  readonly bytes: number;
}

/** A request of any method, whose headers may be repeated. */
export interface OutgoingRequest {
  readonly method?: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

/**
 * In ms: long before a server closes a connection that is idle, which Node does after 5 s at the earliest. A client that
 * leaves it to the server may use a connection while it is being closed, and loses a request by nobody's fault.
 */
const LONGEST_IDLE = 1000;

/** Sends whole requests over connections that are kept alive for a while. */
export class Poster {
  private readonly agent: Agent;
  private readonly lastUses = new WeakMap<Socket, number>();

  /** @param timeout how long an answer may take, in ms: longer than anything that the server waits for */
  constructor(
    maxSockets: number,
    private readonly timeout = 15_000,
  ) {
    // The agent's time limit is that of idle connections: requests have their own.
    this.agent = new Agent({ keepAlive: true, maxSockets, timeout: LONGEST_IDLE });
  }

  send(port: number, { method = 'POST', query, headers, body }: OutgoingRequest): Promise<Reply> {
    return new Promise((resolve) => {
      let status = 0;
      let idle = 0;
      let bytesBefore = 0;
      const outgoing = request(
        {
          port,
          host: '127.0.0.1',
          path: query === undefined ? PATH : `${PATH}?${query}`,
          method,
          headers: {
            'content-length': Buffer.byteLength(body),
            ...Object.fromEntries(
              Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
            ),
          },
          agent: this.agent,
          timeout: this.timeout,
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
      outgoing.once('timeout', () => outgoing.destroy(new Error(`nothing within ${this.timeout} ms`)));
      outgoing.on('error', lose);
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

import { Agent, request } from 'node:http';
import { PATH } from '../server/setup.js';

/** A request of any method, whose headers may be repeated. */
export interface OutgoingRequest {
  readonly method?: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** In ms: longer than anything that the server waits for. */
const TIMEOUT = 15_000;

/** Sends whole requests over connections that are kept alive. */
export class Poster {
  private readonly agent: Agent;

  constructor(
    private readonly port: number,
    maxSockets: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets });
  }

  /** @returns the status, or 0 without an answer */
  send({ method = 'POST', query, headers, body }: OutgoingRequest): Promise<number> {
    return new Promise((resolve) => {
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
        },
        (response) => {
          response.on('error', () => undefined);
          response.resume();
          response.once('close', () => {
            resolve(response.statusCode ?? 0);
          });
        },
      );
      outgoing.setTimeout(TIMEOUT, () => outgoing.destroy());
      outgoing.once('error', () => {
        resolve(0);
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

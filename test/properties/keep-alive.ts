import { Agent, request } from 'node:http';
import { type SignedRequest } from '../support/signer.js';

/** Posts requests over few connections that stay open, as a busy sender does. */
export class KeepAliveClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 4 });

  /** The status of the answer, whose body is read to its end. */
  post(port: number, path: string, { headers, body }: SignedRequest): Promise<number> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, method: 'POST', agent: this.agent };
      const sent = request({ ...options, headers: { ...headers, 'content-length': body.length } }, (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () => {
          resolve(response.statusCode ?? 0);
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

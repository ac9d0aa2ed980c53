import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { contextOf } from '../support/arriving-request.js';
import { Connection } from '../support/connection.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';

describe('the signal that a sender has hung up', () => {
  let server: Server;
  let sender: Connection;
  let response: ServerResponse;

  beforeEach(async () => {
    server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    sender = await Connection.open((server.address() as AddressInfo).port);
    const arrived = once(server, 'request') as Promise<[unknown, ServerResponse]>;
    sender.request('/', signed({}));
    [, response] = await arrived;
  });
  afterEach(() => {
    sender.close();
    server.close();
  });

  const hangUp = (): AbortSignal => CallbackRequest.of(contextOf(response.req, response)).hangUp();

  it('is given when the sender hangs up, and not as long as it waits', async () => {
    const signal = hangUp();
    expect(signal.aborted).toBe(false);
    sender.abort();
    await until(() => response.closed);

    expect(signal.aborted).toBe(true);
  });

  it('is given at once if the sender hung up before', async () => {
    sender.abort();
    await until(() => response.closed);

    expect(hangUp().aborted).toBe(true);
  });
});

import express, { type Request, type Response } from 'express';
import { sha256 } from 'js-sha256';
import jsonwebtoken from 'jsonwebtoken';
import { type Server } from 'node:http';
import { PATH } from '../../harness/target.js';
import { SECRET, USER_AGENT } from '../../support/signer.js';
import { countHandled } from './handled-calls.js';

/** What the vendor's documentation shows for Express, corrected so that it works. */
export function startSample(): Promise<Server> {
  const application = express();
  application.post(PATH, express.raw({ type: 'application/json' }), (request: Request, response: Response) => {
    response.sendStatus(isGenuine(request) ? 204 : 401);
  });
  return new Promise((resolve) => {
    const server = application.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

function isGenuine(request: Request): boolean {
  const rawBody = request.body as Buffer;
  const [, token = ''] = (request.headers.authorization ?? '').split(' ');
  if (request.headers['user-agent'] !== USER_AGENT) return false;
  try {
    const claims = jsonwebtoken.verify(token, SECRET, { algorithms: ['HS256'] });
    if (typeof claims === 'string' || sha256(rawBody) !== claims['payload_hash']) return false;
  } catch {
    return false;
  }
  if (JSON.parse(rawBody.toString()) !== null) countHandled();
  return true;
}

import { Agent, request } from 'node:http';
import { Test } from '@nestjs/testing';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from '../../../sample/04-live-monitor/src/app.module.js';
import { API_KEY, ENVIRONMENT, PATHS, SECRETS } from '../../../sample/04-live-monitor/src/demonstration/webhooks.js';
import { FeedLimits } from '../../../sample/04-live-monitor/src/feed/feed-limits.js';
import { type VideoCallbackKind } from '../../../lib/index.js';
import { signCallback, type SignedCallback } from '../../../lib/testing/index.js';
import { type Platform } from '../../support/application.js';

/** The sample's application, as it runs. */
export interface RunningMonitor {
  readonly url: string;
  readonly port: number;
  /** Sends a genuine callback, and tells how it was answered. */
  send(kind: VideoCallbackKind, body: object): Promise<number>;
  post(path: string, request: SignedCallback): Promise<number>;
  close(): Promise<void>;
}

interface MonitorSetup {
  readonly platform?: Platform;
  readonly port?: number;
  readonly limits?: Partial<FeedLimits>;
}

export async function startMonitor({
  platform = 'express',
  port = 0,
  limits = {},
}: MonitorSetup = {}): Promise<RunningMonitor> {
  Object.assign(process.env, ENVIRONMENT);
  const testing = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(FeedLimits)
    .useValue({ viewers: 50, gatherFor: 50, beatEvery: 10_000, ...limits })
    .compile();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter({ forceCloseConnections: true });
  const app = testing.createNestApplication(adapter, { logger: false, forceCloseConnections: true });
  await app.listen(port, '127.0.0.1');
  const url = (await app.getUrl()).replace('localhost', '127.0.0.1');
  const agent = new Agent({ keepAlive: true });
  // Not fetch, which takes half the time of thousands of callbacks for itself.
  const post = (path: string, { method, headers, body }: SignedCallback): Promise<number> =>
    new Promise((resolve, reject) => {
      const sending = request(url + path, { agent, method, headers }, (response) => {
        response.resume().once('end', () => {
          resolve(response.statusCode ?? 0);
        });
      });
      sending.once('error', reject).end(body);
    });
  return {
    url,
    port: Number(new URL(url).port),
    post,
    send: (kind, body) => post(PATHS[kind], signed(kind, body)),
    close: async () => {
      await app.close();
      agent.destroy();
    },
  };
}

export function signed(kind: VideoCallbackKind, body: object): SignedCallback {
  return signCallback({ body, apiKey: API_KEY, secret: SECRETS[kind] });
}

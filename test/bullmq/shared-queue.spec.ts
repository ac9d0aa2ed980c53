import { Controller, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Queue } from 'bullmq';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { ArchiveCallback, type SecretQuery, SignatureSecretProvider, VideoCallback } from '../../lib/index.js';
import { type Platform, post, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { RedisServer } from '../support/redis-server.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { until } from '../support/until.js';

const COUNT = 6;

/** In s: a callback may be left a few times before its own application gets it. */
const PATIENCE = 45;
jest.setTimeout(60_000);

interface Identity {
  readonly application?: string;
  readonly project: string;
  /** Where its controller is. */
  readonly path?: string;
  readonly looksSecretsUp?: boolean;
}

class Vault extends SignatureSecretProvider {
  constructor(private readonly project: string) {
    super();
  }

  override secretsFor({ projectId }: SecretQuery): string | undefined {
    return projectId === this.project ? SECRET : undefined;
  }
}

let server: RedisServer;
let queue: Queue;

beforeAll(async () => {
  server = await RedisServer.start();
  queue = new Queue('video-callbacks', { connection: { port: server.port } });
});
afterAll(async () => {
  await queue.close();
  await server.remove();
});

describe('two applications on one queue', () => {
  let running: RunningApplication[];

  beforeEach(() => {
    running = [];
  });
  afterEach(async () => {
    for (const application of running) await application.close();
  });

  async function start(platform: Platform, identity: Identity, handled: string[]): Promise<RunningApplication> {
    const { application, project, path = 'video', looksSecretsUp = false } = identity;

    @Controller(path)
    class VideoController {
      @Post('archives')
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
        handled.push(archive.id);
      }
    }
    const inbox = new BullCallbackInbox({ connection: { port: server.port }, application });
    const options = looksSecretsUp ? { secretProvider: new Vault(project) } : { projects: { [project]: SECRET } };
    const started = await startApplication({
      platform,
      controllers: [VideoController],
      options: { ...options, inbox },
    });
    running.push(started);
    return started;
  }

  it.each<readonly [difference: string, platform: Platform, identities: readonly Identity[]]>([
    ['other projects', 'express', [{ project: '11111111' }, { project: '22222222' }]],
    [
      'other projects that are looked up',
      'fastify',
      ['33333333', '44444444'].map((project) => ({ project, looksSecretsUp: true })),
    ],
    ['the same project and other routes', 'fastify', ['video', 'media'].map((path) => ({ project: PROJECT, path }))],
    [
      'the same projects and another name',
      'express',
      ['production', 'staging'].map((application) => ({ application, project: PROJECT })),
    ],
  ])(
    'each handle their own callbacks, all of them, once, if they have %s, on %s',
    async (difference, platform, identities) => {
      const started = await Promise.all(
        identities.map(async (identity) => {
          const handled: string[] = [];
          return { identity, handled, ...(await start(platform, identity, handled)) };
        }),
      );
      const idsOf = ({ application, project, path }: Identity): string[] =>
        Array.from({ length: COUNT }, (_, index) => `${difference} ${application} ${project} ${path} ${index}`);

      for (const { identity, url } of started) {
        for (const id of idsOf(identity)) {
          const request = signed({ ...PAYLOADS.archive, id }, { claims: { api_key: identity.project } });
          expect((await post(`${url}/${identity.path ?? 'video'}/archives`, request)).status).toBe(204);
        }
      }

      await until(() => started.every(({ handled }) => handled.length >= COUNT), PATIENCE);
      for (const { identity, handled } of started) expect(handled.sort()).toEqual(idsOf(identity).sort());
      expect(await queue.getFailedCount()).toBe(0);
      // Each says it once. What one writes into Nest's log, the logs of both show.
      const [lines = []] = running.map(({ logs }) => logs.of('warn').filter((line) => line.includes('is left')));
      expect(lines).toHaveLength(new Set(lines).size);
    },
  );
});

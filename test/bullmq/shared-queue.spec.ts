import { Controller, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Queue } from 'bullmq';
import { BullCallbackInbox, type BullCallbackInboxOptions } from '../../lib/bullmq/index.js';
import { ArchiveCallback, DeliveryFailedError, VideoCallback } from '../../lib/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { PLATFORMS, post, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { RedisServer } from '../support/redis-server.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';

const COUNT = 20;

/** In s: a callback may be left a few times before its own application gets it. */
const PATIENCE = 45;
jest.setTimeout(60_000);

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

const inboxWith = (options: Partial<BullCallbackInboxOptions>): BullCallbackInbox =>
  new BullCallbackInbox({ connection: { port: server.port }, ...options });

describe.each(PLATFORMS)('two applications with the same routes and projects on one queue, on %s', (platform) => {
  let handled: Record<string, string[]>;
  let running: RunningApplication[];

  beforeEach(() => {
    handled = {};
    running = [];
  });
  afterEach(async () => {
    for (const application of running) await application.close();
  });

  async function start(application: string): Promise<RunningApplication> {
    const ids: string[] = [];
    handled[application] = ids;

    @Controller('video')
    class VideoController {
      @Post('archives')
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
        ids.push(archive.id);
      }
    }
    const options = { inbox: inboxWith({ application }) };
    const started = await startApplication({ platform, controllers: [VideoController], options });
    running.push(started);
    return started;
  }

  it('each handle their own callbacks, all of them, once', async () => {
    const applications = ['production', 'staging'];
    const sent: Record<string, string[]> = {};
    for (const application of applications) {
      const { url } = await start(application);
      const ids = Array.from({ length: COUNT }, (_, index) => `${platform}-${application}-${index}`);
      sent[application] = ids;
      for (const id of ids) {
        expect((await post(`${url}/video/archives`, signed({ ...PAYLOADS.archive, id }))).status).toBe(204);
      }
    }

    await until(() => applications.every((name) => handled[name]?.length === COUNT), PATIENCE);
    for (const name of applications) expect(handled[name]?.sort()).toEqual(sent[name]?.sort());
    expect(await queue.getFailedCount()).toBe(0);
    const lines = running.flatMap(({ logs }) => logs.of('warn')).filter((line) => line.includes('is left for it'));
    expect(lines.length).toBeLessThanOrEqual(2);
  });
});

describe('two applications with different projects on one queue', () => {
  it('each handle their own callbacks, all of them, once', async () => {
    const projects = ['11111111', '22222222'];
    const handled = new Map<string, string[]>();
    const inboxes = projects.map((project) => {
      const ids: string[] = [];
      handled.set(project, ids);
      const inbox = inboxWith({});
      inbox.start(
        ({ id, token }) => {
          if (token.projectId !== project) return Promise.reject(new DeliveryFailedError('unknown project', 'leave'));
          ids.push(id);
          return Promise.resolve();
        },
        () => undefined,
      );
      return inbox;
    });
    const idsOf = (project: string) => Array.from({ length: COUNT }, (_, index) => `archive-${project}-${index}`);
    for (const [index, project] of projects.entries()) {
      const token = { ...storedCallback().token, projectId: project };
      for (const id of idsOf(project)) await inboxes[index]?.put(storedCallback({ id, token }));
    }

    await until(() => projects.every((project) => handled.get(project)?.length === COUNT), PATIENCE);
    for (const project of projects) expect(handled.get(project)?.sort()).toEqual(idsOf(project).sort());
    expect(await queue.getFailedCount()).toBe(0);
    for (const inbox of inboxes) {
      await inbox.stop();
      await inbox.close();
    }
  });
});

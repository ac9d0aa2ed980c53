// The application under load, in a process of its own with --expose-gc; it is started and asked by its parent.
import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import { Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { ArchiveCallback, VideoCallback, VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { RedisCallbackLedger } from 'nestjs-vonage-video-callbacks/redis';
import { JournalWriter } from '../../harness/journal.js';
import { JsonLines } from '../../harness/json-lines.js';
import { collectGarbage } from '../../harness/memory-in-use.js';
import { answerQuestions, setupOfProcess } from '../../harness/questions.js';
import { startNest } from '../../harness/start-nest.js';
import { Random } from '../../support/random.js';
import { Causes } from './causes.js';
import { recordFaults } from './recorded-faults.js';
import {
  type Cause,
  FAILS_FIRST,
  LIMITS,
  LONGEST_HANDLING,
  type Miss,
  type Sample,
  type ServerAnswers,
  type ServerSetup,
} from './setup.js';
import { SlowSecrets } from './slow-secrets.js';
import { RequestedFailure } from './requested-failure.js';

const faults = recordFaults();
const setup = setupOfProcess() as ServerSetup;
const random = new Random(setup.seed);
const journal = new JournalWriter(setup.journal);
const causesFile = new JsonLines<Cause>(setup.causes);
const missesFile = new JsonLines<Miss>(setup.misses);
const causes = new Causes(causesFile, missesFile);
const secretProvider = new SlowSecrets(new Random(setup.seed + 1));
/** Those that have failed and were not handled since. */
const failed = new Set<string>();

// A client that fails fast, as the ledger wants it; it tries soon again, so that an outage ends when Redis is back.
const redis = new Redis(setup.redisPort, '127.0.0.1', {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 100,
});
redis.on('error', () => undefined);

@Controller('video')
class VideoController {
  @Post('archives')
  async onArchive(@VideoCallback('archive') { id, name }: ArchiveCallback): Promise<void> {
    journal.write('began', id, true);
    await wait(random.between(0, LONGEST_HANDLING));
    if (name === FAILS_FIRST && !failed.delete(id)) {
      failed.add(id);
      throw new RequestedFailure();
    }
    journal.write('ended', id, true);
  }
}

@Module({
  imports: [
    VideoCallbacksModule.forRoot({
      secretProvider,
      ledger: new RedisCallbackLedger(redis),
      unavailable: 'handle',
      observer: causes.observer,
      ...LIMITS,
    }),
  ],
  controllers: [VideoController],
})
class ApplicationModule {}

const { application, server, port } = await startNest(setup.platform, ApplicationModule);

function countConnections(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

async function sample(): Promise<Sample> {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  const connections = await countConnections();
  const resources: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1;
  return { heapUsed, rss, connections, resources, faults, outcomes: causes.counts };
}

/** Whether the ledger's own client gets answers again. */
async function untilRedisAnswers(): Promise<void> {
  for (;;) {
    const answer = await Promise.race([redis.ping().catch(() => undefined), wait(500)]);
    if (answer === 'PONG') return;
    await wait(20);
  }
}

answerQuestions<ServerAnswers>({
  port: () => port,
  sample,
  redis: untilRedisAnswers,
  calm: () => {
    secretProvider.calm();
  },
  flush: () => {
    causesFile.flush();
    missesFile.flush();
  },
  close: async () => {
    await application.close();
    redis.disconnect();
  },
});

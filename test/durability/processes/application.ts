// An application of an experiment, in a process of its own: it is started by Fleet, and may be killed at any moment.
import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { randomInt } from 'node:crypto';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ArchiveCallback,
  type CallbackAttempt,
  DeliveryAttempt,
  VideoCallback,
  VideoCallbacksModule,
  type VideoCallbacksOptions,
} from 'nestjs-vonage-video-callbacks';
import { BullCallbackInbox } from 'nestjs-vonage-video-callbacks/bullmq';
import { RedisCallbackLedger } from 'nestjs-vonage-video-callbacks/redis';
import { JournalWriter } from '../support/journal-writer.js';
import { API_KEY, type ApplicationSetup, LONGEST_HANDLING, POISON, SECRET, SHORTEST_HANDLING } from './setup.js';

const setup = JSON.parse(process.argv[2] ?? '{}') as ApplicationSetup;
const journal = new JournalWriter(setup.journal);

@Controller('video')
class VideoController {
  @Post('archives')
  async onArchive(
    @VideoCallback('archive') archive: ArchiveCallback,
    @DeliveryAttempt() { of }: CallbackAttempt,
  ): Promise<void> {
    const isInRequest = of === 1;
    journal.write('began', archive.id, isInRequest);
    await wait(randomInt(SHORTEST_HANDLING, LONGEST_HANDLING + 1));
    if (archive.name === POISON) process.exit(1);
    journal.write('ended', archive.id, isInRequest);
  }
}

function storeOptions({ store, redisPort, worker = true }: ApplicationSetup): VideoCallbacksOptions {
  if (store === 'inbox') return { inbox: new BullCallbackInbox({ connection: { port: redisPort }, worker }) };
  const client = new Redis(redisPort, '127.0.0.1');
  client.on('error', () => undefined);
  return { ledger: new RedisCallbackLedger(client) };
}

@Module({
  imports: [
    VideoCallbacksModule.forRoot({
      projects: { [API_KEY]: SECRET },
      unavailable: setup.unavailable ?? 'handle',
      ...storeOptions(setup),
    }),
  ],
  controllers: [VideoController],
})
class ApplicationModule {}

// What is logged about killed stores and processes is what the experiments are about.
const app = await NestFactory.create(ApplicationModule, { logger: false });
await app.listen(0, '127.0.0.1');
const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
process.send?.({ port });
// A parent that is gone needs no applications.
process.once('disconnect', () => process.exit());

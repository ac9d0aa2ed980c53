import { Controller, Module, Post } from '@nestjs/common';
import { Redis } from 'ioredis';
import { type Server } from 'node:http';
import {
  ArchiveCallback,
  MemoryCallbackLedger,
  VideoCallback,
  VideoCallbacksModule,
  type VideoCallbacksOptions,
} from 'nestjs-vonage-video-callbacks';
import { BullCallbackInbox } from 'nestjs-vonage-video-callbacks/bullmq';
import { PgBossCallbackInbox } from 'nestjs-vonage-video-callbacks/pg-boss';
import { PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { RedisCallbackLedger } from 'nestjs-vonage-video-callbacks/redis';
import { Pool } from 'pg';
import { startNest } from '../../harness/start-nest.js';
import { PROJECT, SECRET } from '../../support/signer.js';
import { countHandled } from './handled-calls.js';
import { silence } from './silence.js';
import { type ApplicationSetup } from './setup.js';

@Controller('video')
class VideoController {
  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
    if (archive.id !== '') countHandled();
  }
}

/** Tokens of a few seconds, so that a ledger need not remember them for longer. */
const SHORT_LIVED = { maxAge: 5, clockTolerance: 1 };
const SHORT_RETENTION = 8;

function optionsOf({ application, platform, redisPort = 0, postgresUrl }: ApplicationSetup): VideoCallbacksOptions {
  switch (application) {
    case 'ledger-redis':
      return { ledger: new RedisCallbackLedger(new Redis(redisPort, '127.0.0.1')) };
    case 'ledger-postgres':
      return { ledger: new PostgresCallbackLedger(new Pool({ connectionString: postgresUrl }), { createTable: true }) };
    case 'inbox-bullmq':
      // A queue of its own: the worker of the other platform's application would handle what this one accepted.
      return { inbox: new BullCallbackInbox({ connection: { port: redisPort }, queueName: `inbox-${platform}` }) };
    case 'inbox-pg-boss':
      return {
        inbox: new PgBossCallbackInbox({ connection: postgresUrl ?? '', queueName: `inbox-${platform}` }),
      };
    case 'endurance':
      return { ...SHORT_LIVED, ledger: new MemoryCallbackLedger({ retention: SHORT_RETENTION }) };
    default:
      return {};
  }
}

/** An application with the library: with its defaults, or with another place to remember callbacks. */
export async function startLibrary(setup: ApplicationSetup): Promise<Server> {
  @Module({
    imports: [VideoCallbacksModule.forRoot({ projects: { [PROJECT]: SECRET }, ...optionsOf(setup) })],
    controllers: [VideoController],
  })
  class ApplicationModule {}

  const configure = setup.application === 'silent' ? silence : undefined;
  return (await startNest(setup.platform, ApplicationModule, {}, configure)).server;
}

// An application of an experiment, in a process of its own: it is started by Fleet, and may be killed at any moment.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { VideoCallbacksModule, type VideoCallbacksOptions } from 'nestjs-vonage-video-callbacks';
import { BullCallbackInbox } from 'nestjs-vonage-video-callbacks/bullmq';
import { PgBossCallbackInbox } from 'nestjs-vonage-video-callbacks/pg-boss';
import { PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { RedisCallbackLedger } from 'nestjs-vonage-video-callbacks/redis';
import { Pool } from 'pg';
import { JournalWriter } from '../support/journal-writer.js';
import { BOOKING, BookingController } from './booking.controller.js';
import { API_KEY, type ApplicationSetup, SECRET } from './setup.js';
import { WaitingController } from './waiting.controller.js';

const setup = JSON.parse(process.argv[2] ?? '{}') as ApplicationSetup;
const { booking, postgresUrl = '', redisPort = 0 } = setup;
const journal = new JournalWriter(setup.journal);
// A handler that takes its time keeps no connection from the ledger.
const pool = makePool(10);
const ledger = new PostgresCallbackLedger(makePool(3), { createTable: true, lease: booking?.lease });

/** Connects when it is first used. */
function makePool(max: number): Pool {
  return new Pool({ connectionString: postgresUrl, max }).on('error', () => undefined);
}

function storeOptions({ store, worker = true }: ApplicationSetup): VideoCallbacksOptions {
  switch (store) {
    case 'postgres-ledger':
      return { ledger };
    case 'bull-inbox':
      return { inbox: new BullCallbackInbox({ connection: { port: redisPort }, worker }) };
    case 'pg-boss-inbox':
      return { inbox: new PgBossCallbackInbox({ connection: { connectionString: postgresUrl, max: 4 }, worker }) };
    case 'redis-ledger': {
      const client = new Redis(redisPort, '127.0.0.1');
      client.on('error', () => undefined);
      return { ledger: new RedisCallbackLedger(client) };
    }
  }
}

@Module({
  imports: [
    VideoCallbacksModule.forRoot({
      projects: { [API_KEY]: SECRET },
      unavailable: setup.unavailable ?? 'handle',
      observer: {
        duplicate: ({ id = '' }) => {
          journal.write('duplicate', id, true);
        },
        unavailable: () => {
          journal.write('unavailable', '', true);
        },
      },
      ...storeOptions(setup),
    }),
  ],
  controllers: [booking === undefined ? WaitingController : BookingController],
  providers: [
    { provide: Pool, useValue: pool },
    { provide: PostgresCallbackLedger, useValue: ledger },
    { provide: JournalWriter, useValue: journal },
    { provide: BOOKING, useValue: booking },
  ],
})
class ApplicationModule {}

// What is logged about killed stores and processes is what the experiments are about.
const app = await NestFactory.create(ApplicationModule, { logger: false });
await app.listen(0, '127.0.0.1');
const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
process.send?.({ port });
// A parent that is gone needs no applications.
process.once('disconnect', () => process.exit());

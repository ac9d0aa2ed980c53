// An application of an experiment, in a process of its own: it is started by Fleet, and may be killed at any moment.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Redis } from 'ioredis';
import { VideoCallbacksModule, type VideoCallbacksOptions } from 'nestjs-vonage-video-callbacks';
import { BullCallbackInbox } from 'nestjs-vonage-video-callbacks/bullmq';
import { PgBossCallbackInbox } from 'nestjs-vonage-video-callbacks/pg-boss';
import { PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { RedisCallbackLedger } from 'nestjs-vonage-video-callbacks/redis';
import { Pool } from 'pg';
import { JournalWriter } from '../../harness/journal.js';
import { answerQuestions, setupOfProcess } from '../../harness/questions.js';
import { startNest } from '../../harness/start-nest.js';
import { PROJECT, SECRET } from '../../support/signer.js';
import { BOOKING, BookingController } from './booking.controller.js';
import { type ApplicationAnswers, type ApplicationSetup } from './setup.js';
import { WaitingController } from './waiting.controller.js';

const setup = setupOfProcess() as ApplicationSetup;
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
      projects: { [PROJECT]: SECRET },
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
const { port } = await startNest('express', ApplicationModule, { logger: false });
answerQuestions<ApplicationAnswers>({ port: () => port });

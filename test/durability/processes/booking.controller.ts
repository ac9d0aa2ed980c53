import { Controller, Inject, Post } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ArchiveCallback,
  type CallbackAttempt,
  CallbackId,
  DeliveryAttempt,
  VideoCallback,
} from 'nestjs-vonage-video-callbacks';
import { CallbackAlreadyHandledError, PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { Pool } from 'pg';
import { Random } from '../../support/random.js';
import { JournalWriter } from '../../harness/journal.js';
import { type BookingSetup, LONGEST_STEP } from './setup.js';

export const BOOKING = Symbol('how the handler books');

/** Books archives into the account table, each in a transaction that pauses between its steps. */
@Controller('video')
export class BookingController {
  constructor(
    private readonly pool: Pool,
    private readonly ledger: PostgresCallbackLedger,
    private readonly journal: JournalWriter,
    @Inject(BOOKING) private readonly booking: BookingSetup,
  ) {}

  @Post('archives')
  async onArchive(
    @VideoCallback('archive') archive: ArchiveCallback,
    @CallbackId() id: string,
    @DeliveryAttempt() { of }: CallbackAttempt,
  ): Promise<void> {
    const random = new Random(this.booking.seed + Number(archive.name));
    const pause = (): Promise<void> => wait(random.between(0, LONGEST_STEP));
    const isInRequest = of === 1;
    this.journal.write('began', archive.id, isInRequest);
    const client = await this.pool.connect();
    let hasFailed = true;
    try {
      await client.query('BEGIN');
      await pause();
      await client.query('INSERT INTO account (archive) VALUES ($1)', [archive.id]);
      await pause();
      if (this.booking.completesWithin) await this.ledger.completeWithin(client, id);
      await pause();
      await client.query('COMMIT');
      hasFailed = false;
    } catch (error) {
      const isLate = error instanceof CallbackAlreadyHandledError;
      this.journal.write(isLate ? 'already-handled' : 'failed', archive.id, isInRequest);
      throw error;
    } finally {
      // A connection that is destroyed takes its transaction with it.
      client.release(hasFailed);
    }
    await pause();
    this.journal.write('ended', archive.id, isInRequest);
  }
}

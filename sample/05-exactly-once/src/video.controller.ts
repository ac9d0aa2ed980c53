import { Controller, Post } from '@nestjs/common';
import { ArchiveCallback, CallbackId, VideoCallback } from 'nestjs-vonage-video-callbacks';
import { PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { Pool } from 'pg';
import { book } from './booking.js';
import { inTransaction } from './transaction.js';

@Controller('video')
export class VideoController {
  constructor(
    private readonly pool: Pool,
    private readonly ledger: PostgresCallbackLedger,
  ) {}

  /** The booking and "this callback was handled" are committed together, or neither is. */
  @Post('archives')
  async onArchive(@VideoCallback('archive') archive: ArchiveCallback, @CallbackId() id: string) {
    if (archive.status !== 'available') return;
    await inTransaction(this.pool, async (client) => {
      await book(client, 'with completeWithin', archive);
      await this.ledger.completeWithin(client, id);
    });
  }
}

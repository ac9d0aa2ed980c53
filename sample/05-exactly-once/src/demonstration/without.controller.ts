import { Controller, Post } from '@nestjs/common';
import { ArchiveCallback, VideoCallback } from 'nestjs-vonage-video-callbacks';
import { Pool } from 'pg';
import { book } from '../booking.js';
import { inTransaction } from '../transaction.js';

/**
 * The same without `completeWithin`: after a crash or a pause between the commit and the ledger's record, an archive is
 * booked twice.
 */
@Controller('without')
export class WithoutController {
  constructor(private readonly pool: Pool) {}

  @Post('archives')
  async onArchive(@VideoCallback('archive') archive: ArchiveCallback) {
    if (archive.status !== 'available') return;
    await inTransaction(this.pool, (client) => book(client, 'without', archive));
  }
}

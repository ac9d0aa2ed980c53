import { Controller, Post } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ArchiveCallback, type CallbackAttempt, DeliveryAttempt, VideoCallback } from 'nestjs-vonage-video-callbacks';
import { JournalWriter } from '../../harness/journal.js';
import { LONGEST_HANDLING, POISON, SHORTEST_HANDLING } from './setup.js';

/** Takes its time, and does nothing. */
@Controller('video')
export class WaitingController {
  constructor(private readonly journal: JournalWriter) {}

  @Post('archives')
  async onArchive(
    @VideoCallback('archive') archive: ArchiveCallback,
    @DeliveryAttempt() { of }: CallbackAttempt,
  ): Promise<void> {
    const isInRequest = of === 1;
    this.journal.write('began', archive.id, isInRequest);
    await wait(randomInt(SHORTEST_HANDLING, LONGEST_HANDLING + 1));
    if (archive.name === POISON) process.exit(1);
    this.journal.write('ended', archive.id, isInRequest);
  }
}

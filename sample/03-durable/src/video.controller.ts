import { Controller, Post } from '@nestjs/common';
import {
  ArchiveCallback,
  type CallbackAttempt,
  CallbackId,
  DeliveryAttempt,
  VideoCallback,
} from 'nestjs-vonage-video-callbacks';
import { ArchiveDatabase } from './archive.database.js';

@Controller('video')
export class VideoController {
  constructor(private readonly database: ArchiveDatabase) {}

  /** Runs after the callback was answered, and again with growing pauses as long as it throws. */
  @Post('archives')
  async onArchive(
    @VideoCallback('archive') archive: ArchiveCallback,
    @CallbackId() callbackId: string,
    @DeliveryAttempt() { attempt }: CallbackAttempt,
  ) {
    if (archive.status !== 'available') return;
    await this.database.insert({ callbackId, id: archive.id, name: archive.name ?? '', attempt });
  }
}

import { Controller, Post } from '@nestjs/common';
import { ArchiveCallback, callbackOwner, CallbackProject, VideoCallback } from 'nestjs-vonage-video-callbacks';

@Controller('video')
export class VideoController {
  /** What was handled, by owner; a real application would have a database here. */
  readonly handled: string[] = [];

  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback, @CallbackProject() tenant: string) {
    // The tenant is whose secret signed the callback. Claims and body are what that tenant says, and may name another.
    this.handled.push(`archive ${archive.id} of tenant ${tenant} (body: ${callbackOwner(archive) ?? 'no owner'})`);
  }
}

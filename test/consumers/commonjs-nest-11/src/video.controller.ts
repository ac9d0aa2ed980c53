import { Controller, Get, Post } from '@nestjs/common';
import {
  ArchiveCallback,
  CallbackClaims,
  type CallbackTokenClaims,
  VideoCallback,
} from 'nestjs-vonage-video-callbacks';

@Controller('video')
export class VideoController {
  private readonly handled: string[] = [];

  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback, @CallbackClaims() claims: CallbackTokenClaims): void {
    const status = archive instanceof ArchiveCallback ? archive.status : 'not a DTO';
    this.handled.push(`${claims.iss}: ${archive.id} ${status}`);
  }

  /** What the handler was called with, for the test of the running application. */
  @Get('handled')
  all(): string[] {
    return this.handled;
  }
}

import { Controller, Post } from '@nestjs/common';
import {
  ArchiveCallback,
  CallbackClaims,
  callbackOwner,
  type CallbackTokenClaims,
  VideoCallback,
} from 'nestjs-vonage-video-callbacks';

@Controller('video')
export class VideoController {
  /** What was handled, by owner; a real application would have a database here. */
  readonly handled: string[] = [];

  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback, @CallbackClaims() claims: CallbackTokenClaims) {
    // The claims are verified: they say whose callback it is. The body may name the owner too, or not at all.
    const tenant = claims.application_id ?? String(claims.api_key);
    this.handled.push(`archive ${archive.id} of tenant ${tenant} (body: ${callbackOwner(archive) ?? 'no owner'})`);
  }
}

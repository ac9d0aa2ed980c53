import { Controller, Get, Post } from '@nestjs/common';
import {
  ArchiveCallback,
  CallbackAttempt,
  CallbackClaims,
  CallbackKind,
  CallbackTokenClaims,
  DeliveryAttempt,
  SessionCallback,
  SipCallback,
  VideoCallback,
  VideoCallbackKind,
} from 'nestjs-vonage-video-callbacks';

@Controller('video')
export class VideoController {
  private readonly handled: string[] = [];

  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback, @CallbackClaims() claims: CallbackTokenClaims): void {
    const status = archive instanceof ArchiveCallback ? archive.status : 'not a DTO';
    this.handled.push(`${claims.iss}: ${archive.id} ${status}`);
  }

  @Post('sessions')
  onSession(@VideoCallback('session') callback: SessionCallback, @CallbackKind() kind: VideoCallbackKind): void {
    if ('stream' in callback) this.handled.push(`${kind}: ${callback.stream.id}`);
  }

  @Post('calls')
  onCall(
    @VideoCallback(['session', 'sip']) callback: SessionCallback | SipCallback,
    @DeliveryAttempt() { attempt }: CallbackAttempt,
  ): void {
    if (callback instanceof SipCallback) this.handled.push(`attempt ${attempt}: ${callback.event}`);
  }

  @Post('sip')
  onSip(@VideoCallback('sip') callback: SipCallback): void {
    if ('call' in callback) this.handled.push(callback.call.id);
  }

  /** What the handlers were called with, for the test of the running application. */
  @Get('handled')
  all(): string[] {
    return this.handled;
  }
}

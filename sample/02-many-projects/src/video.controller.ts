import { Controller, Post } from '@nestjs/common';
import {
  ArchiveCallback,
  CallbackKind,
  callbackOwner,
  CallbackProject,
  SessionCallback,
  SipCallback,
  VideoCallback,
  VideoCallbackKind,
} from 'nestjs-vonage-video-callbacks';

@Controller('video')
export class VideoController {
  /** What was handled, by owner. A real application would use a database. */
  readonly handled: string[] = [];

  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback, @CallbackProject() tenant: string) {
    // The tenant is the one whose secret signed the callback. Claims and body come from that tenant, and may name
    // another.
    this.handled.push(`archive ${archive.id} of tenant ${tenant} (body: ${callbackOwner(archive) ?? 'no owner'})`);
  }

  /** One URL for two webhooks: the secret tells which of them a callback belongs to. */
  @Post('calls')
  onCall(
    @VideoCallback(['session', 'sip']) callback: SessionCallback | SipCallback,
    @CallbackKind() kind: VideoCallbackKind,
    @CallbackProject() tenant: string,
  ) {
    this.handled.push(`${kind} event ${callback.event} of tenant ${tenant}`);
  }
}

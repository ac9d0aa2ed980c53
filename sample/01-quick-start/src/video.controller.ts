import { Controller, Post } from '@nestjs/common';
import {
  ArchiveCallback,
  BroadcastCallback,
  CaptionsCallback,
  ExperienceComposerCallback,
  type SessionCallback,
  type SipCallback,
  VideoCallback,
} from 'nestjs-vonage-video-callbacks';
import { CallLog } from './call-log.js';

@Controller('video')
export class VideoController {
  constructor(private readonly calls: CallLog) {}

  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback) {
    if (archive.status === 'available') this.calls.add(`archive ${archive.id} can be fetched`);
  }

  @Post('sessions')
  onSession(@VideoCallback('session') callback: SessionCallback) {
    switch (callback.event) {
      case 'streamCreated':
        this.calls.add(`stream ${callback.stream.id} began in ${callback.sessionId}`);
        break;
      case 'connectionCreated':
        this.calls.add(`connection ${callback.connection.id} joined ${callback.sessionId}`);
        break;
      default: // other events, and those that this version does not know yet
        this.calls.add(`session event ${callback.event}`);
    }
  }

  @Post('sip')
  onSip(@VideoCallback('sip') callback: SipCallback) {
    if (callback.event === 'callUpdated') this.calls.add(`SIP call ${callback.call.id} is ${callback.state ?? '?'}`);
  }

  @Post('experience-composers')
  onExperienceComposer(@VideoCallback('experienceComposer') composer: ExperienceComposerCallback) {
    this.calls.add(`Experience Composer ${composer.id} ${composer.status}`);
  }

  @Post('broadcasts')
  onBroadcast(@VideoCallback('broadcast') broadcast: BroadcastCallback) {
    this.calls.add(`broadcast ${broadcast.id} ${broadcast.status}`);
  }

  @Post('captions')
  onCaptions(@VideoCallback('captions') captions: CaptionsCallback) {
    this.calls.add(`captions ${captions.captionId ?? captions.captionsId ?? ''} ${captions.status}`);
  }
}

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
import { LiveState } from './state/live-state.js';

@Controller('video')
export class VideoController {
  constructor(private readonly state: LiveState) {}

  @Post('sessions')
  onSession(@VideoCallback('session') callback: SessionCallback) {
    this.state.onSession(callback);
  }

  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback) {
    this.state.onArchive(archive);
  }

  @Post('sip')
  onSip(@VideoCallback('sip') callback: SipCallback) {
    this.state.onSip(callback);
  }

  @Post('experience-composers')
  onExperienceComposer(@VideoCallback('experienceComposer') composer: ExperienceComposerCallback) {
    this.state.onComposer(composer);
  }

  @Post('broadcasts')
  onBroadcast(@VideoCallback('broadcast') broadcast: BroadcastCallback) {
    this.state.onBroadcast(broadcast);
  }

  @Post('captions')
  onCaptions(@VideoCallback('captions') captions: CaptionsCallback) {
    this.state.onCaptions(captions);
  }
}

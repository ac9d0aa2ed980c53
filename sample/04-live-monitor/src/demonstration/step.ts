import { type VideoCallbackKind } from 'nestjs-vonage-video-callbacks';

/** A callback of the demonstration. */
export interface Step {
  /** When it happens, in ms since the epoch. */
  readonly at: number;
  readonly kind: VideoCallbackKind;
  readonly body: object;
}

/** Where callbacks of each kind go. */
export const PATHS: Readonly<Record<VideoCallbackKind, string>> = {
  session: '/video/sessions',
  archive: '/video/archives',
  sip: '/video/sip',
  experienceComposer: '/video/experience-composers',
  broadcast: '/video/broadcasts',
  captions: '/video/captions',
};

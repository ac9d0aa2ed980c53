import { randomBytes } from 'node:crypto';
import { type VideoCallbackKind } from 'nestjs-vonage-video-callbacks';

export const API_KEY = '12345678';

/** Where callbacks of each kind go. */
export const PATHS: Readonly<Record<VideoCallbackKind, string>> = {
  session: '/video/sessions',
  archive: '/video/archives',
  sip: '/video/sip',
  experienceComposer: '/video/experience-composers',
  broadcast: '/video/broadcasts',
  captions: '/video/captions',
};

/** New secrets at every start, as the dashboard makes them: random text of at most 50 characters. */
export const SECRETS: Readonly<Record<VideoCallbackKind, string>> = {
  session: newSecret(),
  archive: newSecret(),
  sip: newSecret(),
  experienceComposer: newSecret(),
  broadcast: newSecret(),
  captions: newSecret(),
};

/** The environment variables that AppModule reads. */
export const ENVIRONMENT = {
  VIDEO_API_KEY: API_KEY,
  SESSION_SIGNATURE_SECRET: SECRETS.session,
  ARCHIVE_SIGNATURE_SECRET: SECRETS.archive,
  SIP_SIGNATURE_SECRET: SECRETS.sip,
  EXPERIENCE_COMPOSER_SIGNATURE_SECRET: SECRETS.experienceComposer,
  BROADCAST_SIGNATURE_SECRET: SECRETS.broadcast,
  CAPTIONS_SIGNATURE_SECRET: SECRETS.captions,
};

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

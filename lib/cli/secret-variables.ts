import { type VideoCallbackKind } from '../callbacks/callback-kind.js';

/** The environment variable that holds the secrets of every kind that has no variable of its own. */
export const GENERAL_SECRET_VARIABLE = 'VIDEO_SIGNATURE_SECRET';

/** The environment variable that holds the secrets of a kind. */
export const SECRET_VARIABLES: Readonly<Record<VideoCallbackKind, string>> = {
  session: 'SESSION_SIGNATURE_SECRET',
  archive: 'ARCHIVE_SIGNATURE_SECRET',
  sip: 'SIP_SIGNATURE_SECRET',
  experienceComposer: 'EXPERIENCE_COMPOSER_SIGNATURE_SECRET',
  broadcast: 'BROADCAST_SIGNATURE_SECRET',
  captions: 'CAPTIONS_SIGNATURE_SECRET',
};

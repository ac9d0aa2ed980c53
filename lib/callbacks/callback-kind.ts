/**
 * The kinds of callback that Vonage Video can sign, each with a signature secret of its own. [Vonage: Secure Callbacks]
 *
 * - `session`: session monitoring (connections, streams, the session itself)
 * - `archive`: changes of an archive's status
 * - `sip`: progress of a SIP call
 * - `experienceComposer`: Experience Composer, which Vonage also calls "render"
 * - `broadcast`: changes of a broadcast's status
 * - `captions`: live captions
 */
export const VIDEO_CALLBACK_KINDS = [
  'session',
  'archive',
  'sip',
  'experienceComposer',
  'broadcast',
  'captions',
] as const;

/** One of {@link VIDEO_CALLBACK_KINDS}. */
export type VideoCallbackKind = (typeof VIDEO_CALLBACK_KINDS)[number];

/** A value as well, so that the signature of a decorated method can name the type (`isolatedModules`). */
export const VideoCallbackKind: abstract new () => object = String;

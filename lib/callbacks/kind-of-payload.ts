import { type VideoCallbackKind } from './callback-kind.js';
import { type SessionCallback } from './session.callback.js';
import { type SipCallback } from './sip.callback.js';

/** The literal events of a union of callbacks; the opaque event of its unrecognized member is not one. */
export type KnownEvent<T extends { event: string }> = T extends { event: infer E extends string }
  ? `${E}` extends E
    ? E
    : never
  : never;

/** What a payload looks like. */
export interface KindGuess {
  readonly kind: VideoCallbackKind;
  /** Whether the kind is certain, because of its event or of fields that only this kind has. */
  readonly isCertain: boolean;
}

const KINDS_OF_EVENTS: Readonly<
  Record<KnownEvent<SessionCallback> | KnownEvent<SipCallback> | 'archive' | 'broadcast', VideoCallbackKind>
> = {
  sessionCreated: 'session',
  sessionDestroyed: 'session',
  sessionNotification: 'session',
  connectionCreated: 'session',
  connectionDestroyed: 'session',
  streamCreated: 'session',
  streamDestroyed: 'session',
  callCreated: 'sip',
  callUpdated: 'sip',
  callDestroyed: 'sip',
  muteForced: 'sip',
  archive: 'archive',
  broadcast: 'broadcast',
};

// A map, because an event named "constructor" must find nothing.
const kindsByEvent = new Map<unknown, VideoCallbackKind>(Object.entries(KINDS_OF_EVENTS));

/** Fields of one kind alone, and how many of them make it certain. Vonage may add one of them to another kind. */
const MARKS: readonly {
  readonly kind: VideoCallbackKind;
  readonly fields: readonly string[];
  readonly enough: number;
}[] = [
  { kind: 'captions', fields: ['captionId', 'captionsId', 'languageCode', 'provider'], enough: 2 },
  { kind: 'broadcast', fields: ['broadcastUrls', 'maxDuration', 'settings', 'multiBroadcastTag'], enough: 2 },
  {
    kind: 'archive',
    fields: [
      'size',
      'outputMode',
      'sha256sum',
      'multiArchiveTag',
      'hasTranscription',
      'transcription',
      'transcriptionProperties',
    ],
    enough: 2,
  },
  // The field that is documented; the body has little else.
  { kind: 'experienceComposer', fields: ['streamId'], enough: 1 },
];

/** Fields of the kinds that have an event. */
const MARKS_OF_EVENTS = { session: ['connection', 'stream'], sip: ['call', 'reason_code', 'reason_message'] } as const;

/**
 * Which of several kinds a payload is of: the kind of its event, or else the only one that has one of its fields alone.
 * Without such a field it is a session event, if it has an event, or of an Experience Composer, if it has a status: their
 * documented bodies may have nothing else.
 *
 * @returns `undefined` if that tells nothing
 */
export function kindAmong(
  kinds: readonly VideoCallbackKind[],
  payload: Readonly<Record<string, unknown>>,
): VideoCallbackKind | undefined {
  const kindOfEvent = kindsByEvent.get(payload['event']);
  if (kindOfEvent !== undefined) return kinds.find((kind) => kind === kindOfEvent);
  const has = (name: string): boolean => payload[name] != null;
  const marks = [...MARKS, ...Object.entries(MARKS_OF_EVENTS).map(([kind, fields]) => ({ kind, fields }))];
  const marked = kinds.filter((kind) => marks.some((mark) => mark.kind === kind && mark.fields.some(has)));
  if (marked.length > 0) return marked.length === 1 ? marked[0] : undefined;
  const bare = typeof payload['status'] === 'string' ? 'experienceComposer' : has('event') ? 'session' : undefined;
  return kinds.find((kind) => kind === bare);
}

/** The kind of callback that a payload looks like; `undefined` if it looks like none. Nothing is validated. */
export function kindOfPayload(payload: Readonly<Record<string, unknown>>): KindGuess | undefined {
  const { event, status } = payload;
  const kindOfEvent = kindsByEvent.get(event);
  if (kindOfEvent !== undefined) return { kind: kindOfEvent, isCertain: true };
  if (typeof status !== 'string') return undefined;

  const [first, ...others] = MARKS.map(({ kind, fields, enough }) => {
    const count = fields.filter((name) => payload[name] != null).length;
    return { kind, count, isEnough: count >= enough };
  }).filter(({ count }) => count > 0);
  // What is left when there is neither an event nor a field that another kind has alone.
  if (first === undefined) return { kind: 'experienceComposer', isCertain: false };
  return { kind: first.kind, isCertain: event == null && first.isEnough && others.length === 0 };
}

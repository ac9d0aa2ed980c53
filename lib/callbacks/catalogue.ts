import { ArchiveCallback } from './archive.callback.js';
import { BroadcastCallback } from './broadcast.callback.js';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from './callback-kind.js';
import { CaptionsCallback } from './captions.callback.js';
import { type DtoReading, readDto } from './dto-reader.js';
import { type DtoClass } from './dto.decorators.js';
import { ExperienceComposerCallback } from './experience-composer.callback.js';
import { type JsonObject } from './json-object.js';
import { kindAmong, kindOfPayload, type KindGuess, type KnownEvent } from './kind-of-payload.js';
import * as session from './session.callback.js';
import * as sip from './sip.callback.js';

export { type Violation } from './dto-reader.js';

/** The callback of each kind. */
export interface CallbackOfKind {
  /** Session monitoring: connections and streams come and go. */
  session: session.SessionCallback;
  /** An archive changed its status. */
  archive: ArchiveCallback;
  /** The progress of a SIP call. */
  sip: sip.SipCallback;
  /** An Experience Composer changed its status. */
  experienceComposer: ExperienceComposerCallback;
  /** A live-streaming broadcast changed its status. */
  broadcast: BroadcastCallback;
  /** Live captions changed their status. */
  captions: CaptionsCallback;
}

/** The result of {@link readCallback} for a kind; `usable` says whether there is a callback. */
export type CallbackReading<K extends VideoCallbackKind = VideoCallbackKind> = DtoReading<CallbackOfKind[K]>;

/** The classes of a kind: those of its known events, and the one of every other payload. */
interface ClassesOfKind<T extends object> {
  readonly byEvent: ReadonlyMap<unknown, DtoClass<T>>;
  readonly otherwise: DtoClass<T>;
}

/** One class for all payloads of the kind. */
function always<T extends object>(otherwise: DtoClass<T>): ClassesOfKind<T> {
  return { byEvent: new Map(), otherwise };
}

/** One class for each known `event` of the union, and one for every other. */
export function byEvent<T extends { event: string }>(
  types: { readonly [E in KnownEvent<T>]: DtoClass<Extract<T, { event: E }>> },
  otherwise: DtoClass<T>,
): ClassesOfKind<T> {
  // A map, because an event named "constructor" must find nothing.
  return { byEvent: new Map<unknown, DtoClass<T>>(Object.entries<DtoClass<T>>(types)), otherwise };
}

/** The classes of each kind. */
export const CATALOGUE: { readonly [K in VideoCallbackKind]: ClassesOfKind<CallbackOfKind[K]> } = {
  session: byEvent<session.SessionCallback>(
    {
      sessionCreated: session.SessionCreatedCallback,
      sessionDestroyed: session.SessionDestroyedCallback,
      sessionNotification: session.SessionNotificationCallback,
      connectionCreated: session.ConnectionCreatedCallback,
      connectionDestroyed: session.ConnectionDestroyedCallback,
      streamCreated: session.StreamCreatedCallback,
      streamDestroyed: session.StreamDestroyedCallback,
    },
    session.UnrecognizedSessionCallback,
  ),
  archive: always(ArchiveCallback),
  sip: byEvent<sip.SipCallback>(
    {
      callCreated: sip.CallCreatedCallback,
      callUpdated: sip.CallUpdatedCallback,
      callDestroyed: sip.CallDestroyedCallback,
      muteForced: sip.MuteForcedCallback,
    },
    sip.UnrecognizedSipCallback,
  ),
  experienceComposer: always(ExperienceComposerCallback),
  broadcast: always(BroadcastCallback),
  captions: always(CaptionsCallback),
};

/**
 * Kinds whose known events may arrive at a route of another kind, where they are unrecognized events. Vonage documents
 * this.
 */
const ANNOUNCED_ELSEWHERE: Readonly<Partial<Record<VideoCallbackKind, VideoCallbackKind>>> = { session: 'sip' };

/**
 * Makes the callback of a kind from the parsed body of a request. It refuses only what no handler can use: a payload
 * without its ids, its event or its status, and one that is certainly of another kind. Whatever else is unexpected is
 * ignored or left out, because a genuine callback that is refused may be lost for good. The payload itself is left
 * as it is.
 */
export function readCallback<K extends VideoCallbackKind>(kind: K, payload: Readonly<JsonObject>): CallbackReading<K> {
  const reading = readAs(kind, payload);
  const other = otherKind(kind, payload, reading.usable);
  if (other === undefined) return reading;
  const article = /^[aeiou]/.test(other.kind) ? 'an' : 'a';
  const message = `the body looks like ${article} ${other.kind} callback: are two secrets mixed up, or does this URL belong to ${other.kind}?`;
  // Missing fields of this kind are then not reported.
  const more = reading.usable || other.isCertain ? [] : reading.violations;
  return { usable: false, violations: [{ path: '', message }, ...more] };
}

/**
 * The kind of a callback.
 *
 * @param signed the kinds whose secret made the signature, at least one
 * @param accepted the kinds that its method takes
 * @returns `undefined` if several kinds share the secret and the payload tells nothing
 */
export function kindOfCallback(
  signed: readonly VideoCallbackKind[],
  accepted: readonly VideoCallbackKind[],
  payload: Readonly<JsonObject>,
): VideoCallbackKind | undefined {
  const guess = kindOfPayload(payload);
  if (guess?.isCertain === true && !signed.includes(guess.kind)) {
    const announcing = signed.find((kind) => ANNOUNCED_ELSEWHERE[kind] === guess.kind);
    if (announcing !== undefined) return accepted.includes(guess.kind) ? guess.kind : announcing;
    // Unusable, with the kind that it looks like.
    return signed[0];
  }
  return signed.length === 1 ? signed[0] : kindAmong(signed, payload);
}

/** The kinds whose secret may have signed a callback of this kind: its own, and one whose URL may get its events. */
export function kindsSigning(kind: VideoCallbackKind): readonly VideoCallbackKind[] {
  return [kind, ...VIDEO_CALLBACK_KINDS.filter((one) => ANNOUNCED_ELSEWHERE[one] === kind)];
}

/** The kind that a payload is of instead; a body that is refused in any case may be named by less certain signs. */
function otherKind(kind: VideoCallbackKind, payload: Readonly<JsonObject>, isUsable: boolean): KindGuess | undefined {
  const guess = kindOfPayload(payload);
  if (guess === undefined || guess.kind === kind || ANNOUNCED_ELSEWHERE[kind] === guess.kind) return undefined;
  if (guess.isCertain) return guess;
  return isUsable || !readAs(guess.kind, payload).usable ? undefined : guess;
}

function readAs<K extends VideoCallbackKind>(kind: K, payload: Readonly<JsonObject>): CallbackReading<K> {
  const { byEvent, otherwise } = CATALOGUE[kind];
  return readDto(byEvent.get(payload['event']) ?? otherwise, payload);
}

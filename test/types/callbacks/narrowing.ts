import { type ArchiveCallback, type ArchiveStatus } from '../../../lib/callbacks/archive.callback.js';
import { type RtmpTarget } from '../../../lib/callbacks/broadcast.callback.js';
import { callbackOwner } from '../../../lib/callbacks/common-fields.js';
import { type CallbackOfKind, readCallback } from '../../../lib/callbacks/catalogue.js';
import { type VideoCallbackKind } from '../../../lib/callbacks/callback-kind.js';
import { captionsIdOf } from '../../../lib/callbacks/captions.callback.js';
import {
  type ConnectionCreatedCallback,
  type ConnectionDestroyedCallback,
  SessionCallback,
  type StreamCreatedCallback,
  type StreamDestroyedCallback,
  type UnrecognizedSessionCallback,
} from '../../../lib/callbacks/session.callback.js';
import { CallCreatedCallback, SipCallback, type UnrecognizedSipCallback } from '../../../lib/callbacks/sip.callback.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(): T | undefined => undefined;

export function sessionByEvent(callback: SessionCallback): string | undefined {
  callbackOwner(callback) satisfies string | undefined;
  callback.sessionId satisfies string | undefined;
  callback.timestamp satisfies number | undefined;
  // @ts-expect-error -- the time may be absent
  callback.timestamp satisfies number;
  callback.event satisfies string;
  // @ts-expect-error -- not every event has a stream
  callback.stream;

  if (callback.event === 'streamCreated') {
    callback.stream.connection?.id satisfies string | undefined;
    // @ts-expect-error -- a stream may come without its connection
    callback.stream.connection.id;
  }

  switch (callback.event) {
    case 'sessionCreated':
      // @ts-expect-error -- a session that began has no reason
      return callback.reason;
    case 'sessionDestroyed':
    case 'sessionNotification':
      return callback.reason;
    case 'connectionCreated':
      // @ts-expect-error -- a connection, not a stream
      callback.stream;
      return callback.connection.data;
    case 'connectionDestroyed':
      return callback.reason;
    case 'streamCreated':
      // @ts-expect-error -- a stream that began has no reason
      callback.reason;
      return callback.stream.videoType;
    case 'streamDestroyed':
      return callback.stream.name;
    // @ts-expect-error -- no such event
    case 'streamUpdated':
      return undefined;
    default: {
      isTrue<Same<typeof callback, UnrecognizedSessionCallback>>();
      const event: string = callback.event;
      Object.entries(callback) satisfies [string, unknown][];
      // @ts-expect-error -- nothing is known of its other fields, so that `in` can tell the known events from it
      callback.stream;
      return event === 'callDestroyed' ? event : event.toUpperCase();
    }
  }
}

export function sipByEvent(callback: SipCallback): string {
  switch (callback.event) {
    case 'callCreated':
    case 'muteForced':
      return callback.call.id;
    case 'callUpdated':
      callback.state satisfies string | undefined;
      callback.call.connectionId satisfies string | undefined;
      return callback.call.id;
    case 'callDestroyed':
      isTrue<Same<typeof callback.reason_code, string | undefined>>();
      return callback.reason_message ?? '';
    default:
      isTrue<Same<typeof callback, UnrecognizedSipCallback>>();
      return callback.event;
  }
}

/** Each of the functions takes what `in` tells apart, the whole union or one kind alone. */
export function byField(either: SessionCallback | SipCallback, ofSession: SessionCallback, ofSip: SipCallback): void {
  if ('call' in either) {
    isTrue<Same<typeof either, Exclude<SipCallback, UnrecognizedSipCallback>>>();
    either.call.id satisfies string;
  } else {
    either satisfies SessionCallback | UnrecognizedSipCallback;
    // @ts-expect-error -- that is what it has not
    either.call;
  }
  if ('stream' in either) {
    isTrue<Same<typeof either, StreamCreatedCallback | StreamDestroyedCallback>>();
    either.stream.connection?.data satisfies string | undefined;
  }
  if ('connection' in either) either.connection.data satisfies string | undefined;

  if ('stream' in ofSession) {
    isTrue<Same<typeof ofSession, StreamCreatedCallback | StreamDestroyedCallback>>();
    ofSession.stream.id satisfies string;
  } else if ('connection' in ofSession) {
    isTrue<Same<typeof ofSession, ConnectionCreatedCallback | ConnectionDestroyedCallback>>();
    ofSession.connection.id satisfies string;
  }
  if ('call' in ofSip) ofSip.call.connectionId satisfies string | undefined;
}

export function byClass(either: SessionCallback | SipCallback, anything: unknown): string {
  if (anything instanceof SipCallback) isTrue<Same<typeof anything, SipCallback>>();
  if (either instanceof CallCreatedCallback) either.call.id satisfies string;
  if (either instanceof SessionCallback) {
    isTrue<Same<typeof either, SessionCallback>>();
    if (either.event === 'streamCreated') either.stream.id satisfies string;
    return either.event;
  }
  isTrue<Same<typeof either, SipCallback>>();
  return either.event === 'callCreated' ? either.call.id : either.event;
}

// @ts-expect-error -- a union has no instances of its own
new SessionCallback();

export function archiveByStatus(archive: ArchiveCallback): void {
  if (archive.status === 'available') archive.url satisfies string | undefined;
  // Editors complete the known values, and any other string compiles too.
  'expired' satisfies ArchiveStatus;
  'a status of next year' satisfies ArchiveStatus;
  isTrue<Same<Same<ArchiveStatus, string>, false>>();
  const status: string = archive.status;
  archive.status = status;
  // @ts-expect-error -- a status is a string
  archive.status = 5;
  // @ts-expect-error -- required
  archive.id = null;
  isTrue<Same<typeof archive.size, number | undefined>>();
  isTrue<Same<typeof archive.projectId, string | undefined>>();
  // @ts-expect-error -- absent, never null
  archive.url = null;
  // @ts-expect-error -- unknown fields are not on the callback
  archive.unknown;
}

export function readings(kind: VideoCallbackKind, payload: Record<string, unknown>): void {
  const reading = readCallback('captions', payload);
  // @ts-expect-error -- not before it is known that there is one
  reading.callback;
  if (reading.usable) {
    captionsIdOf(reading.callback) satisfies string | undefined;
    // @ts-expect-error -- a usable callback has none
    reading.violations;
  } else {
    reading.violations satisfies readonly { path: string; message: string }[];
  }
  if ('violations' in reading) return;
  reading.callback.status satisfies string;

  const anyReading = readCallback(kind, payload);
  if (anyReading.usable) anyReading.callback satisfies CallbackOfKind[VideoCallbackKind];

  const broadcast = readCallback('broadcast', payload);
  if (broadcast.usable) {
    broadcast.callback.broadcastUrls?.rtmp satisfies readonly RtmpTarget[] | undefined;
  }
  // @ts-expect-error -- no such kind
  readCallback('transcription', payload);
  // @ts-expect-error -- a payload is an object
  readCallback('archive', 'payload');
  isTrue<Same<keyof CallbackOfKind, VideoCallbackKind>>();
}

import { type ArchiveCallback, type ArchiveStatus } from '../../../lib/callbacks/archive.callback.js';
import { type RtmpTarget } from '../../../lib/callbacks/broadcast.callback.js';
import { callbackOwner } from '../../../lib/callbacks/common-fields.js';
import { type CallbackOfKind, readCallback } from '../../../lib/callbacks/catalogue.js';
import { type VideoCallbackKind } from '../../../lib/callbacks/callback-kind.js';
import { captionsIdOf } from '../../../lib/callbacks/captions.callback.js';
import { type SessionCallback, type UnrecognizedSessionCallback } from '../../../lib/callbacks/session.callback.js';
import { type SipCallback, type UnrecognizedSipCallback } from '../../../lib/callbacks/sip.callback.js';

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
      callback['anything'] satisfies unknown;
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

export function archiveByStatus(archive: ArchiveCallback): void {
  if (archive.status === 'available') archive.url satisfies string | undefined;
  // Known values are told from the rest, so editors complete them, and any other text is good too.
  'expired' satisfies ArchiveStatus;
  'a status of next year' satisfies ArchiveStatus;
  isTrue<Same<Same<ArchiveStatus, string>, false>>();
  const status: string = archive.status;
  archive.status = status;
  // @ts-expect-error -- a status is a text
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

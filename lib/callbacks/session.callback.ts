import { KeepsUnknownFields, Nested, Optional, Required } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { OwnedCallback } from './owned.callback.js';
import { SessionConnection, SessionStream } from './session-stream.js';
import { type UnrecognizedEvent } from './unrecognized-event.js';
import { IsNumberOrString, IsString, IsText } from './value.decorators.js';

/** Why a client lost its connection. After a platform failure other texts may come. [Vonage: Session Monitoring] */
export type ConnectionDestroyedReason = OpenValue<'clientDisconnected' | 'forceDisconnected' | 'networkDisconnected'>;

/** Why a stream ended; `mediaStopped`: the user ended the screen sharing. [Vonage: Session Monitoring] */
export type StreamDestroyedReason = OpenValue<
  'clientDisconnected' | 'forceDisconnected' | 'networkDisconnected' | 'forceUnpublished' | 'mediaStopped'
>;

/** Why a session ended. [Vonage: Session Migration; Service Disruption Callbacks, whose two editions disagree] */
export type SessionDestroyedReason = OpenValue<'serverRotation' | 'forceDisconnected' | 'Internal server failure'>;

/** What a session is warned of. [Vonage: Session Migration] */
export type SessionNotificationReason = OpenValue<'serverRotation'>;

/** What every known session monitoring callback carries. */
export abstract class SessionMonitoringCallback extends OwnedCallback {
  /** The session's id. [Vonage: Session Monitoring] */
  @Required(IsText())
  sessionId!: string;

  /** When it happened, in ms since the epoch. Callbacks may arrive in another order. [Vonage: Session Monitoring] */
  @Optional(IsNumberOrString())
  timestamp?: number | string | null;
}

/** The first client connected; the same session can end and begin again. [Vonage: Session Monitoring] */
export class SessionCreatedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(IsText())
  event!: 'sessionCreated';
}

/** The session ended. [Vonage: Session Monitoring] */
export class SessionDestroyedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(IsText())
  event!: 'sessionDestroyed';

  /** Why; documented for server rotation and platform failures. [Vonage: Session Migration; Service Disruption] */
  @Optional(IsString())
  reason?: SessionDestroyedReason | null;
}

/** A warning, hours ahead, that the session will be moved to another server. [Vonage: Session Migration] */
export class SessionNotificationCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Migration] */
  @Required(IsText())
  event!: 'sessionNotification';

  /** What will happen. [Vonage: Session Migration] */
  @Optional(IsString())
  reason?: SessionNotificationReason | null;
}

/** A client connected. [Vonage: Session Monitoring] */
export class ConnectionCreatedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(IsText())
  event!: 'connectionCreated';

  /** The new connection. [Vonage: Session Monitoring] */
  @Required(Nested(() => SessionConnection))
  connection!: SessionConnection;
}

/** A client left, or was made to. [Vonage: Session Monitoring] */
export class ConnectionDestroyedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(IsText())
  event!: 'connectionDestroyed';

  /** The connection that ended. [Vonage: Session Monitoring] */
  @Required(Nested(() => SessionConnection))
  connection!: SessionConnection;

  /** Why it ended. [Vonage: Session Monitoring] */
  @Optional(IsString())
  reason?: ConnectionDestroyedReason | null;
}

/** A client began to publish a stream. [Vonage: Session Monitoring] */
export class StreamCreatedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(IsText())
  event!: 'streamCreated';

  /** The new stream. [Vonage: Session Monitoring] */
  @Required(Nested(() => SessionStream))
  stream!: SessionStream;
}

/** A stream ended. [Vonage: Session Monitoring] */
export class StreamDestroyedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(IsText())
  event!: 'streamDestroyed';

  /** The stream that ended. [Vonage: Session Monitoring] */
  @Required(Nested(() => SessionStream))
  stream!: SessionStream;

  /** Why it ended. [Vonage: Session Monitoring] */
  @Optional(IsString())
  reason?: StreamDestroyedReason | null;
}

/**
 * An event that this version does not know, or one of a SIP call: after a platform failure `callDestroyed` comes to the
 * session monitoring URL. All fields of the JSON are kept. [Vonage: Service Disruption Callbacks]
 */
@KeepsUnknownFields()
export class UnrecognizedSessionCallback extends OwnedCallback {
  /** Every other field, as it came. */
  [field: string]: unknown;

  /** The event's name. [Vonage: Session Monitoring] */
  @Required(IsText())
  event!: UnrecognizedEvent;

  /** The session's id, if there is one. [Vonage: Session Monitoring] */
  @Optional(IsString())
  sessionId?: string | null;

  /** When it happened, in ms since the epoch, if stated. [Vonage: Session Monitoring] */
  @Optional(IsNumberOrString())
  timestamp?: number | string | null;
}

/** A session monitoring callback; `event` says which. */
export type SessionCallback =
  | SessionCreatedCallback
  | SessionDestroyedCallback
  | SessionNotificationCallback
  | ConnectionCreatedCallback
  | ConnectionDestroyedCallback
  | StreamCreatedCallback
  | StreamDestroyedCallback
  | UnrecognizedSessionCallback;

import { type OpenValue, OwnedCallback, type UnrecognizedEvent } from './common-fields.js';
import {
  CODE,
  Dto,
  ID,
  KeepsUnknownFields,
  NON_EMPTY_TEXT,
  NUMBER,
  objectOf,
  Optional,
  Required,
  TEXT,
  type UnionClass,
  unionOf,
} from './dto.decorators.js';

/** What a stream shows. [Vonage: Session Monitoring] */
export type VideoType = OpenValue<'camera' | 'screen' | 'custom'>;

/** A client's connection to a session. */
export class SessionConnection extends Dto {
  /** The connection's id. [Vonage: Session Monitoring] */
  @Required(ID)
  id!: string;

  /** When the client connected, in ms since the epoch. [Vonage: Session Monitoring] */
  @Optional(NUMBER)
  createdAt?: number;

  /**
   * The connection data of the client's token, `""` if it has none. The application wrote it: JSON only if the
   * application made it so, and as personal as the application made it. [Vonage: Session Monitoring]
   */
  @Optional(TEXT)
  data?: string;
}

/** A stream that a client publishes. */
export class SessionStream extends Dto {
  /** The stream's id. [Vonage: Session Monitoring] */
  @Required(ID)
  id!: string;

  /** The connection of the client that publishes it. [Vonage: Session Monitoring] */
  @Optional(objectOf(() => SessionConnection))
  connection?: SessionConnection;

  /** When the stream was created, in ms since the epoch. [Vonage: Session Monitoring] */
  @Optional(NUMBER)
  createdAt?: number;

  /** The name that the publisher gave it, `""` if none. [Vonage: Session Monitoring] */
  @Optional(TEXT)
  name?: string;

  /** What the video shows; absent for streams without video. [Vonage: Session Monitoring] */
  @Optional(TEXT)
  videoType?: VideoType;
}

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
  @Required(ID)
  sessionId!: string;

  /** When it happened, in ms since the epoch. Callbacks may arrive in another order. [Vonage: Session Monitoring] */
  @Optional(NUMBER)
  timestamp?: number;
}

/** The first client connected; the same session can end and begin again. [Vonage: Session Monitoring] */
export class SessionCreatedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(NON_EMPTY_TEXT)
  event!: 'sessionCreated';
}

/** The session ended. [Vonage: Session Monitoring] */
export class SessionDestroyedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(NON_EMPTY_TEXT)
  event!: 'sessionDestroyed';

  /** Why; documented for server rotation and platform failures. [Vonage: Session Migration; Service Disruption] */
  @Optional(TEXT)
  reason?: SessionDestroyedReason;
}

/** A warning, hours ahead, that the session will be moved to another server. [Vonage: Session Migration] */
export class SessionNotificationCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Migration] */
  @Required(NON_EMPTY_TEXT)
  event!: 'sessionNotification';

  /** What will happen. [Vonage: Session Migration] */
  @Optional(TEXT)
  reason?: SessionNotificationReason;
}

/** A client connected. [Vonage: Session Monitoring] */
export class ConnectionCreatedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(NON_EMPTY_TEXT)
  event!: 'connectionCreated';

  /** The new connection. [Vonage: Session Monitoring] */
  @Required(objectOf(() => SessionConnection))
  connection!: SessionConnection;
}

/** A client left, or was made to. [Vonage: Session Monitoring] */
export class ConnectionDestroyedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(NON_EMPTY_TEXT)
  event!: 'connectionDestroyed';

  /** The connection that ended. [Vonage: Session Monitoring] */
  @Required(objectOf(() => SessionConnection))
  connection!: SessionConnection;

  /** Why it ended. [Vonage: Session Monitoring] */
  @Optional(TEXT)
  reason?: ConnectionDestroyedReason;
}

/** A client began to publish a stream. [Vonage: Session Monitoring] */
export class StreamCreatedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(NON_EMPTY_TEXT)
  event!: 'streamCreated';

  /** The new stream. [Vonage: Session Monitoring] */
  @Required(objectOf(() => SessionStream))
  stream!: SessionStream;
}

/** A stream ended. [Vonage: Session Monitoring] */
export class StreamDestroyedCallback extends SessionMonitoringCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: Session Monitoring] */
  @Required(NON_EMPTY_TEXT)
  event!: 'streamDestroyed';

  /** The stream that ended. [Vonage: Session Monitoring] */
  @Required(objectOf(() => SessionStream))
  stream!: SessionStream;

  /** Why it ended. [Vonage: Session Monitoring] */
  @Optional(TEXT)
  reason?: StreamDestroyedReason;
}

/**
 * An event that this version does not know, or one of a SIP call: after a platform failure `callDestroyed` comes to the
 * session monitoring URL. All fields of the JSON are kept. [Vonage: Service Disruption Callbacks]
 */
@KeepsUnknownFields()
export class UnrecognizedSessionCallback extends OwnedCallback {
  /** The event's name. [Vonage: Session Monitoring] */
  @Required(NON_EMPTY_TEXT)
  event!: UnrecognizedEvent;

  /** The session's id, if there is one. [Vonage: Session Monitoring] */
  @Optional(CODE)
  sessionId?: string;

  /** When it happened, in ms since the epoch, if stated. [Vonage: Session Monitoring] */
  @Optional(NUMBER)
  timestamp?: number;
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

/** Every SessionCallback is an instance of it. */
export const SessionCallback: UnionClass<SessionCallback> = unionOf(
  SessionMonitoringCallback,
  UnrecognizedSessionCallback,
);

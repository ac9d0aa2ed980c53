import {
  ComposedStream,
  type StreamMode,
  type OpenValue,
  OwnedCallback,
  type VideoResolution,
} from './common-fields.js';
import {
  BOOLEAN,
  CODE,
  Dto,
  ID,
  listOf,
  listWithIdsOf,
  NON_EMPTY_TEXT,
  NUMBER,
  objectOf,
  Optional,
  Required,
  TEXT,
} from './dto.decorators.js';

/** How an RTMP target takes the broadcast. [Vonage: SDKs] */
export type RtmpStatus = OpenValue<'connecting' | 'live' | 'offline' | 'error'>;

/** An RTMP server that a broadcast is sent to. */
export class RtmpTarget extends Dto {
  /** The id that the application gave it. [Vonage: Video OpenAPI] */
  @Optional(CODE)
  id?: string;

  /** Whether it takes the broadcast. [Vonage: SDKs] */
  @Optional(TEXT)
  status?: RtmpStatus;

  /** The server's address. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  serverUrl?: string;

  /** The stream's name at that server; many services use it as a key: **do not log it**. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  streamName?: string;
}

/** Where a broadcast can be watched and where it is sent. */
export class BroadcastUrls extends Dto {
  /** The address of the HLS playlist, if HLS is used. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  hls?: string;

  /** Whether HLS can be watched, for example `ready`. [Vonage: Python SDK] */
  @Optional(TEXT)
  hlsStatus?: OpenValue<'ready'>;

  /**
   * The RTMP targets, if RTMP is used. The older form, an object that holds them by id, becomes a list whose elements
   * have that `id`. [Vonage: Video OpenAPI; Python SDK]
   */
  @Optional(listWithIdsOf(() => RtmpTarget))
  rtmp?: RtmpTarget[];
}

/** How the HLS stream of a broadcast is made. */
export class BroadcastHlsSettings extends Dto {
  /** Whether latency is kept low. [Vonage: Video OpenAPI] */
  @Optional(BOOLEAN)
  lowLatency?: boolean;

  /** Whether viewers can go back in time. [Vonage: Video OpenAPI] */
  @Optional(BOOLEAN)
  dvr?: boolean;
}

/** How a broadcast is made. */
export class BroadcastSettings extends Dto {
  /** How its HLS stream is made. [Vonage: Video OpenAPI] */
  @Optional(objectOf(() => BroadcastHlsSettings))
  hls?: BroadcastHlsSettings;
}

/** How far a broadcast is. [Vonage: SDKs; Service Disruption Callbacks] */
export type BroadcastStatus = OpenValue<'started' | 'stopped' | 'failed'>;

/**
 * A broadcast was created, changed or ended. Vonage does not document the body; the fields are those of the REST
 * resource, so little of it is required. [Vonage: Secure Callbacks; Video OpenAPI]
 */
export class BroadcastCallback extends OwnedCallback {
  /** The broadcast's id. [Vonage: Video OpenAPI] */
  @Required(ID)
  id!: string;

  /** How far it is. [Vonage: SDKs] */
  @Required(NON_EMPTY_TEXT)
  status!: BroadcastStatus;

  /** Always `broadcast`, if it is there. [Vonage: Java and Python SDKs] */
  @Optional(TEXT)
  event?: OpenValue<'broadcast'>;

  /** The id of the session that is broadcast. [Vonage: Video OpenAPI] */
  @Optional(CODE)
  sessionId?: string;

  /** When it was created, in ms since the epoch. [Vonage: Video OpenAPI] */
  @Optional(NUMBER)
  createdAt?: number;

  /** When it last changed, in ms since the epoch. [Vonage: Video OpenAPI] */
  @Optional(NUMBER)
  updatedAt?: number;

  /** The longest that it may last, in s. [Vonage: Video OpenAPI] */
  @Optional(NUMBER)
  maxDuration?: number;

  /** Highest bit rate in bit/s, if it was given. [Vonage: Video OpenAPI] */
  @Optional(NUMBER)
  maxBitrate?: number;

  /** Size of the picture. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  resolution?: VideoResolution;

  /** Whether audio is broadcast. [Vonage: Video OpenAPI] */
  @Optional(BOOLEAN)
  hasAudio?: boolean;

  /** Whether video is broadcast. [Vonage: Video OpenAPI] */
  @Optional(BOOLEAN)
  hasVideo?: boolean;

  /** Whether streams join automatically. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  streamMode?: StreamMode;

  /** The streams broadcast; only while `started` in the mode `manual`. [Vonage: Video OpenAPI] */
  @Optional(listOf(() => ComposedStream))
  streams?: ComposedStream[];

  /** Distinguishes simultaneous broadcasts of a session, if it was given. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  multiBroadcastTag?: string;

  /** How the broadcast is made. [Vonage: Video OpenAPI] */
  @Optional(objectOf(() => BroadcastSettings))
  settings?: BroadcastSettings;

  /** Where it can be watched and where it is sent. [Vonage: Video OpenAPI] */
  @Optional(objectOf(() => BroadcastUrls))
  broadcastUrls?: BroadcastUrls;

  /** Why it ended or failed. Free text. [Vonage: Service Disruption Callbacks] */
  @Optional(TEXT)
  reason?: OpenValue<'Internal server failure'>;
}

import { BroadcastSettings, BroadcastUrls } from './broadcast-output.js';
import { ComposedStream, type StreamMode } from './composed-stream.js';
import { Nested, NestedList, Optional, Required } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { OwnedCallback } from './owned.callback.js';
import { type VideoResolution } from './resolution.js';
import { IsBoolean, IsNumberOrString, IsString, IsText } from './value.decorators.js';

/** How far a broadcast is. [Vonage: SDKs; Service Disruption Callbacks] */
export type BroadcastStatus = OpenValue<'started' | 'stopped' | 'failed'>;

/**
 * A broadcast was created, changed or ended. Vonage does not document the body; the fields are those of the REST
 * resource, so little of it is required. [Vonage: Secure Callbacks; Video OpenAPI]
 */
export class BroadcastCallback extends OwnedCallback {
  /** The broadcast's id. [Vonage: Video OpenAPI] */
  @Required(IsText())
  id!: string;

  /** How far it is. [Vonage: SDKs] */
  @Required(IsText())
  status!: BroadcastStatus;

  /** Always `broadcast`, if it is there. [Vonage: Java and Python SDKs] */
  @Optional(IsString())
  event?: OpenValue<'broadcast'> | null;

  /** The id of the session that is broadcast. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  sessionId?: string | null;

  /** When it was created, in ms since the epoch. [Vonage: Video OpenAPI] */
  @Optional(IsNumberOrString())
  createdAt?: number | string | null;

  /** When it last changed, in ms since the epoch. [Vonage: Video OpenAPI] */
  @Optional(IsNumberOrString())
  updatedAt?: number | string | null;

  /** The longest that it may last, in s. [Vonage: Video OpenAPI] */
  @Optional(IsNumberOrString())
  maxDuration?: number | string | null;

  /** Highest bit rate in bit/s, if it was given. [Vonage: Video OpenAPI] */
  @Optional(IsNumberOrString())
  maxBitrate?: number | string | null;

  /** Size of the picture. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  resolution?: VideoResolution | null;

  /** Whether audio is broadcast. [Vonage: Video OpenAPI] */
  @Optional(IsBoolean())
  hasAudio?: boolean | null;

  /** Whether video is broadcast. [Vonage: Video OpenAPI] */
  @Optional(IsBoolean())
  hasVideo?: boolean | null;

  /** Whether streams join by themselves. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  streamMode?: StreamMode | null;

  /** The streams broadcast; only while `started` in the mode `manual`. [Vonage: Video OpenAPI] */
  @Optional(NestedList(() => ComposedStream))
  streams?: ComposedStream[] | null;

  /** Distinguishes simultaneous broadcasts of a session, if it was given. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  multiBroadcastTag?: string | null;

  /** How the broadcast is made. [Vonage: Video OpenAPI] */
  @Optional(Nested(() => BroadcastSettings))
  settings?: BroadcastSettings | null;

  /** Where it can be watched and where it is sent. [Vonage: Video OpenAPI] */
  @Optional(Nested(() => BroadcastUrls))
  broadcastUrls?: BroadcastUrls | null;

  /** Why it ended or failed. Free text. [Vonage: Service Disruption Callbacks] */
  @Optional(IsString())
  reason?: OpenValue<'Internal server failure'> | null;
}

import { ComposedStream, type StreamMode } from './composed-stream.js';
import { Nested, NestedList, Optional, Required } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { OwnedCallback } from './owned.callback.js';
import { type VideoResolution } from './resolution.js';
import { IsBoolean, IsNumberOrString, IsString, IsText } from './value.decorators.js';

/**
 * How far an archive is: `started` and `paused` alternate, then `stopped`, then `uploaded` (to storage of one's own)
 * or `available` (in the vendor's, until `expired` after 72 h); `failed` from anywhere. Callbacks may overtake each
 * other. [Vonage: Archiving; `deleted` only in the SDKs]
 */
export type ArchiveStatus = OpenValue<
  'started' | 'paused' | 'stopped' | 'uploaded' | 'available' | 'expired' | 'failed' | 'deleted'
>;

/** Why an archive stopped or failed. Free text: compare loosely. [Vonage: Video OpenAPI; Service Disruption] */
export type ArchiveReason = OpenValue<
  | 'user initiated'
  | 'session ended'
  | 'maximum duration exceeded'
  | 'maximum idle time exceeded'
  | 'failure'
  | 'Internal server failure'
  | 'forceDisconnected'
>;

/** One picture of all streams, or one file for each. [Vonage: Video OpenAPI] */
export type ArchiveOutputMode = OpenValue<'composed' | 'individual'>;

/** How far the transcription of an archive is. [Vonage: Video OpenAPI] */
export type TranscriptionStatus = OpenValue<'requested' | 'started' | 'available' | 'uploaded' | 'failed'>;

/** The transcription of an archive. */
export class ArchiveTranscription {
  /** How far it is. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  status?: TranscriptionStatus | null;

  /** Where to get it, once there is something to get. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  url?: string | null;

  /** Why it failed. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  reason?: string | null;

  /** The main language spoken, as a BCP-47 tag. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  primaryLanguageCode?: string | null;

  /** Whether a summary is made too. [Vonage: Video OpenAPI] */
  @Optional(IsBoolean())
  hasSummary?: boolean | null;
}

/** The status of an archive changed. */
export class ArchiveCallback extends OwnedCallback {
  /** The archive's id (UUID). [Vonage: Archiving] */
  @Required(IsText())
  id!: string;

  /** Always `archive`; missing in the oldest description. [Vonage: Archiving; REST callback reference] */
  @Optional(IsString())
  event?: OpenValue<'archive'> | null;

  /** How far the archive is. [Vonage: Archiving] */
  @Required(IsText())
  status!: ArchiveStatus;

  /** The id of the session that is recorded. [Vonage: Archiving] */
  @Required(IsText())
  sessionId!: string;

  /** When the start was requested, in ms since the epoch, rounded to the second. [Vonage: Archiving] */
  @Optional(IsNumberOrString())
  createdAt?: number | string | null;

  /** When the archive last changed, in ms since the epoch. [Vonage: REST callback reference] */
  @Optional(IsNumberOrString())
  updatedAt?: number | string | null;

  /** The name given at the start, `""` if none. [Vonage: Archiving] */
  @Optional(IsString())
  name?: string | null;

  /** Why it stopped or failed, else `""`. [Vonage: Archiving] */
  @Optional(IsString())
  reason?: ArchiveReason | null;

  /** Length in s; 0 while `started`. [Vonage: Archiving] */
  @Optional(IsNumberOrString())
  duration?: number | string | null;

  /** Size of the file in bytes; 0 until it is made. [Vonage: Archiving] */
  @Optional(IsNumberOrString())
  size?: number | string | null;

  /** Size of the picture; composed archives only. [Vonage: Archiving] */
  @Optional(IsString())
  resolution?: VideoResolution | null;

  /** Where to download the archive: only when `available`, and for 10 minutes. [Vonage: Archiving] */
  @Optional(IsString())
  url?: string | null;

  /** Whether streams are composed into one file. [Vonage: REST callback reference] */
  @Optional(IsString())
  outputMode?: ArchiveOutputMode | null;

  /** Whether audio is recorded. [Vonage: REST callback reference] */
  @Optional(IsBoolean())
  hasAudio?: boolean | null;

  /** Whether video is recorded. [Vonage: REST callback reference] */
  @Optional(IsBoolean())
  hasVideo?: boolean | null;

  /** Whether streams join by themselves. [Vonage: Archiving] */
  @Optional(IsString())
  streamMode?: StreamMode | null;

  /** The streams recorded; only when `started` in the mode `manual`. [Vonage: Archiving] */
  @Optional(NestedList(() => ComposedStream))
  streams?: ComposedStream[] | null;

  /** SHA-256 of the file in Base64, `""` until it is made. [Vonage: REST callback reference] */
  @Optional(IsString())
  sha256sum?: string | null;

  /**
   * The password of an encrypted archive, else `""`. **A secret: do not log it**, nor the whole callback.
   * [Vonage: REST callback reference]
   */
  @Optional(IsString())
  password?: string | null;

  /** The certificate of an encrypted archive, else `""`. [Vonage: REST callback reference] */
  @Optional(IsString())
  certificate?: string | null;

  /** Distinguishes simultaneous archives of a session, if it was given. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  multiArchiveTag?: string | null;

  /** Highest bit rate in bit/s, if it was given. Excludes `quantizationParameter`. [Vonage: Video OpenAPI] */
  @Optional(IsNumberOrString())
  maxBitrate?: number | string | null;

  /** Quality from 15 (best) to 40, if it was given. Excludes `maxBitrate`. [Vonage: Video OpenAPI] */
  @Optional(IsNumberOrString())
  quantizationParameter?: number | string | null;

  /** Whether the archive is transcribed. [Vonage: Video OpenAPI] */
  @Optional(IsBoolean())
  hasTranscription?: boolean | null;

  /** The transcription, if there is to be one. [Vonage: Video OpenAPI] */
  @Optional(Nested(() => ArchiveTranscription))
  transcription?: ArchiveTranscription | null;
}

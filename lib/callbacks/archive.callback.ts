import {
  ComposedStream,
  type StreamMode,
  type OpenValue,
  OwnedCallback,
  type VideoResolution,
} from './common-fields.js';
import {
  BOOLEAN,
  Dto,
  ID,
  listOf,
  NON_EMPTY_TEXT,
  NUMBER,
  objectOf,
  Optional,
  Required,
  TEXT,
} from './dto.decorators.js';

/**
 * How far an archive is: `started` and `paused` alternate, then `stopped`, then `uploaded` (to your own storage) or
 * `available` (in Vonage's, until `expired` after 72 h); `failed` at any time. Callbacks may overtake each other.
 * [Vonage: Archiving; `deleted` only in the SDKs]
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

/** The settings of a transcription, under the name that the Node SDK uses. */
export class ArchiveTranscriptionProperties extends Dto {
  /** The main language spoken, as a BCP-47 tag. [Vonage: Video OpenAPI; Node SDK] */
  @Optional(TEXT)
  primaryLanguageCode?: string;

  /** Whether a summary is made too. [Vonage: Video OpenAPI; Node SDK] */
  @Optional(BOOLEAN)
  hasSummary?: boolean;
}

/** The transcription of an archive, with its settings. */
export class ArchiveTranscription extends ArchiveTranscriptionProperties {
  /** How far it is. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  status?: TranscriptionStatus;

  /** Where to get it, once there is something to get. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  url?: string;

  /** Why it failed. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  reason?: string;
}

/** The status of an archive changed. */
export class ArchiveCallback extends OwnedCallback {
  /** The archive's id (UUID). [Vonage: Archiving] */
  @Required(ID)
  id!: string;

  /** Always `archive`; missing in the oldest description. [Vonage: Archiving; REST callback reference] */
  @Optional(TEXT)
  event?: OpenValue<'archive'>;

  /** How far the archive is. [Vonage: Archiving] */
  @Required(NON_EMPTY_TEXT)
  status!: ArchiveStatus;

  /** The id of the session that is recorded. [Vonage: Archiving] */
  @Required(ID)
  sessionId!: string;

  /** When the start was requested, in ms since the epoch, rounded to the second. [Vonage: Archiving] */
  @Optional(NUMBER)
  createdAt?: number;

  /** When the archive last changed, in ms since the epoch. [Vonage: REST callback reference] */
  @Optional(NUMBER)
  updatedAt?: number;

  /** The name given at the start, `""` if none. [Vonage: Archiving] */
  @Optional(TEXT)
  name?: string;

  /** Why it stopped or failed, else `""`. [Vonage: Archiving] */
  @Optional(TEXT)
  reason?: ArchiveReason;

  /** Length in s; 0 while `started`. [Vonage: Archiving] */
  @Optional(NUMBER)
  duration?: number;

  /** Size of the file in bytes; 0 until it is made. [Vonage: Archiving] */
  @Optional(NUMBER)
  size?: number;

  /** Size of the picture; composed archives only. [Vonage: Archiving] */
  @Optional(TEXT)
  resolution?: VideoResolution;

  /** Where to download the archive: only when `available`, and for 10 minutes. [Vonage: Archiving] */
  @Optional(TEXT)
  url?: string;

  /** Whether streams are composed into one file. [Vonage: REST callback reference] */
  @Optional(TEXT)
  outputMode?: ArchiveOutputMode;

  /** Whether audio is recorded. [Vonage: REST callback reference] */
  @Optional(BOOLEAN)
  hasAudio?: boolean;

  /** Whether video is recorded. [Vonage: REST callback reference] */
  @Optional(BOOLEAN)
  hasVideo?: boolean;

  /** Whether streams join automatically. [Vonage: Archiving] */
  @Optional(TEXT)
  streamMode?: StreamMode;

  /** The streams recorded; only when `started` in the mode `manual`. [Vonage: Archiving] */
  @Optional(listOf(() => ComposedStream))
  streams?: ComposedStream[];

  /** SHA-256 of the file in Base64, `""` until it is made. [Vonage: REST callback reference] */
  @Optional(TEXT)
  sha256sum?: string;

  /**
   * The password of an encrypted archive, else `""`. **A secret: do not log it**, nor the whole callback.
   * [Vonage: REST callback reference]
   */
  @Optional(TEXT)
  password?: string;

  /** The certificate of an encrypted archive, else `""`. [Vonage: REST callback reference] */
  @Optional(TEXT)
  certificate?: string;

  /** Distinguishes simultaneous archives of a session, if it was given. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  multiArchiveTag?: string;

  /** Highest bit rate in bit/s, if it was given. Excludes `quantizationParameter`. [Vonage: Video OpenAPI] */
  @Optional(NUMBER)
  maxBitrate?: number;

  /** Quality from 15 (best) to 40, if it was given. Excludes `maxBitrate`. [Vonage: Video OpenAPI] */
  @Optional(NUMBER)
  quantizationParameter?: number;

  /** Whether the archive is transcribed. [Vonage: Video OpenAPI] */
  @Optional(BOOLEAN)
  hasTranscription?: boolean;

  /** The transcription, if there is to be one. [Vonage: Video OpenAPI] */
  @Optional(objectOf(() => ArchiveTranscription))
  transcription?: ArchiveTranscription;

  /** The settings of the transcription; the REST API has them in `transcription`. [Vonage: Node SDK] */
  @Optional(objectOf(() => ArchiveTranscriptionProperties))
  transcriptionProperties?: ArchiveTranscriptionProperties;
}

import { type OpenValue, OwnedCallback, type VideoResolution } from './common-fields.js';
import { CODE, ID, NON_EMPTY_TEXT, NUMBER, Optional, Required, TEXT } from './dto.decorators.js';

/** How far an Experience Composer is. [Vonage: Experience Composer; `starting` only in the Video OpenAPI] */
export type ExperienceComposerStatus = OpenValue<'starting' | 'started' | 'stopped' | 'failed'>;

/** Why it stopped. Letter case and full stop vary: compare loosely. [Vonage: Experience Composer] */
export type ExperienceComposerReason = OpenValue<'Max Duration Exceeded' | 'Stop Requested.'>;

/** The status of an Experience Composer ("render") changed. */
export class ExperienceComposerCallback extends OwnedCallback {
  /** The Experience Composer's id. [Vonage: Experience Composer] */
  @Required(ID)
  id!: string;

  /** The id of the session that it publishes to. [Vonage: Experience Composer] */
  @Required(ID)
  sessionId!: string;

  /** How far it is. [Vonage: Experience Composer] */
  @Required(NON_EMPTY_TEXT)
  status!: ExperienceComposerStatus;

  /** The id of the stream that it publishes; may be missing when `failed`. [Vonage: Experience Composer] */
  @Optional(CODE)
  streamId?: string;

  /** Why it stopped or failed; only then. [Vonage: Experience Composer] */
  @Optional(TEXT)
  reason?: ExperienceComposerReason;

  /** Not documented for the callback, accepted should it come as it does elsewhere. */
  @Optional(TEXT)
  event?: string;

  /** When it was created, in ms since the epoch. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(NUMBER)
  createdAt?: number;

  /** When it last changed, in ms since the epoch. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(NUMBER)
  updatedAt?: number;

  /** The address of the page that is rendered. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  url?: string;

  /** Size of the picture. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  resolution?: VideoResolution;

  /** The name of the published stream. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  name?: string;

  /** Where callbacks go to. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(TEXT)
  callbackUrl?: string;
}

import { Optional, Required } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { OwnedCallback } from './owned.callback.js';
import { type VideoResolution } from './resolution.js';
import { IsNumberOrString, IsString, IsText } from './value.decorators.js';

/** How far an Experience Composer is. [Vonage: Experience Composer; `starting` only in the Video OpenAPI] */
export type ExperienceComposerStatus = OpenValue<'starting' | 'started' | 'stopped' | 'failed'>;

/** Why it stopped. Letter case and full stop vary: compare loosely. [Vonage: Experience Composer] */
export type ExperienceComposerReason = OpenValue<'Max Duration Exceeded' | 'Stop Requested.'>;

/** The status of an Experience Composer ("render") changed. */
export class ExperienceComposerCallback extends OwnedCallback {
  /** The Experience Composer's id. [Vonage: Experience Composer] */
  @Required(IsText())
  id!: string;

  /** The id of the session that it publishes to. [Vonage: Experience Composer] */
  @Required(IsText())
  sessionId!: string;

  /** How far it is. [Vonage: Experience Composer] */
  @Required(IsText())
  status!: ExperienceComposerStatus;

  /** The id of the stream that it publishes; may be missing when `failed`. [Vonage: Experience Composer] */
  @Optional(IsString())
  streamId?: string | null;

  /** Why it stopped or failed; only then. [Vonage: Experience Composer] */
  @Optional(IsString())
  reason?: ExperienceComposerReason | null;

  /** Not documented for the callback, accepted should it come as it does elsewhere. */
  @Optional(IsString())
  event?: string | null;

  /** When it was created, in ms since the epoch. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(IsNumberOrString())
  createdAt?: number | string | null;

  /** When it last changed, in ms since the epoch. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(IsNumberOrString())
  updatedAt?: number | string | null;

  /** The address of the page that is rendered. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  url?: string | null;

  /** Size of the picture. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  resolution?: VideoResolution | null;

  /** The name of the published stream. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  name?: string | null;

  /** Where callbacks go to. In the REST resource, perhaps here. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  callbackUrl?: string | null;
}

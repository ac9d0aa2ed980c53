import { Optional, Required, RequiresOneOf } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { OwnedCallback } from './owned.callback.js';
import { IsNumberOrString, IsString, IsText } from './value.decorators.js';

/** How far live captions are. [Vonage: Secure Callbacks; `paused` only in the Node SDK] */
export type CaptionsStatus = OpenValue<'started' | 'paused' | 'stopped' | 'failed'>;

/**
 * Live captions started, stopped or failed. Vonage does not document the body; the fields are those of the Node SDK.
 * `captionsIdOf` returns the id under whichever name it came. [Vonage: Secure Callbacks; Node SDK]
 */
@RequiresOneOf<CaptionsCallback>('captionId', 'captionsId')
export class CaptionsCallback extends OwnedCallback {
  /** The id of the captions; one of the two names is there. [Vonage: Node SDK] */
  @Optional(IsText())
  captionId?: string | null;

  /** The id of the captions under the name that the REST API uses. [Vonage: Video OpenAPI] */
  @Optional(IsText())
  captionsId?: string | null;

  /** How far they are. [Vonage: Node SDK] */
  @Required(IsText())
  status!: CaptionsStatus;

  /** The id of the session that is captioned. [Vonage: Node SDK] */
  @Optional(IsString())
  sessionId?: string | null;

  /** When they were created, since the epoch; in ms by the SDK, but seconds are possible. [Vonage: Node SDK] */
  @Optional(IsNumberOrString())
  createdAt?: number | string | null;

  /** When they last changed, since the epoch; in ms by the SDK, but seconds are possible. [Vonage: Node SDK] */
  @Optional(IsNumberOrString())
  updatedAt?: number | string | null;

  /** How long they ran, in s. [Vonage: Node SDK] */
  @Optional(IsNumberOrString())
  duration?: number | string | null;

  /** The language spoken, as a BCP-47 tag of varying letter case (`en-us`, `en-US`). [Vonage: Node SDK] */
  @Optional(IsString())
  languageCode?: string | null;

  /** Who makes the captions. [Vonage: Node SDK] */
  @Optional(IsString())
  provider?: OpenValue<'aws-transcribe'> | null;

  /** Why they stopped or failed. Free text. [Vonage: Node SDK] */
  @Optional(IsString())
  reason?: OpenValue<'Maximum duration exceeded.' | 'Internal server failure'> | null;

  /** `captions`; not certain. */
  @Optional(IsString())
  group?: OpenValue<'captions'> | null;
}

/** The id of the captions, under whichever of its two names it came; `undefined` only for objects made by hand. */
export function captionsIdOf({ captionId, captionsId }: Readonly<CaptionsCallback>): string | undefined {
  return captionId ?? captionsId ?? undefined;
}

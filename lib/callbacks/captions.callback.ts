import { type OpenValue, OwnedCallback } from './common-fields.js';
import { CODE, ID, NON_EMPTY_TEXT, NUMBER, OneOf, Optional, Required, TEXT } from './dto.decorators.js';

/** How far live captions are. [Vonage: Secure Callbacks; `paused` only in the Node SDK] */
export type CaptionsStatus = OpenValue<'started' | 'paused' | 'stopped' | 'failed'>;

const CAPTION_IDS = ['captionId', 'captionsId'] as const;

/**
 * Live captions started, stopped or failed. Vonage does not document the body; the fields are those of the Node SDK.
 * `captionsIdOf` returns the id under whichever name it came. [Vonage: Secure Callbacks; Node SDK]
 */
export class CaptionsCallback extends OwnedCallback {
  /** The id of the captions; one of the two names is there. [Vonage: Node SDK] */
  @OneOf<CaptionsCallback>(CAPTION_IDS, ID)
  captionId?: string;

  /** The id of the captions under the name that the REST API uses. [Vonage: Video OpenAPI] */
  @OneOf<CaptionsCallback>(CAPTION_IDS, ID)
  captionsId?: string;

  /** How far they are. [Vonage: Node SDK] */
  @Required(NON_EMPTY_TEXT)
  status!: CaptionsStatus;

  /** The id of the session that is captioned. [Vonage: Node SDK] */
  @Optional(CODE)
  sessionId?: string;

  /** When they were created, since the epoch; in ms by the SDK, but seconds are possible. [Vonage: Node SDK] */
  @Optional(NUMBER)
  createdAt?: number;

  /** When they last changed, since the epoch; in ms by the SDK, but seconds are possible. [Vonage: Node SDK] */
  @Optional(NUMBER)
  updatedAt?: number;

  /** How long they ran, in s. [Vonage: Node SDK] */
  @Optional(NUMBER)
  duration?: number;

  /** The language spoken, as a BCP-47 tag of varying letter case (`en-us`, `en-US`). [Vonage: Node SDK] */
  @Optional(TEXT)
  languageCode?: string;

  /** Who makes the captions. [Vonage: Node SDK] */
  @Optional(TEXT)
  provider?: OpenValue<'aws-transcribe'>;

  /** Why they stopped or failed. Free text. [Vonage: Node SDK] */
  @Optional(TEXT)
  reason?: OpenValue<'Maximum duration exceeded.' | 'Internal server failure'>;

  /** `captions`; not certain. */
  @Optional(TEXT)
  group?: OpenValue<'captions'>;
}

/**
 * The id of the captions, from whichever of the two fields has it; `undefined` only for objects that you made yourself.
 */
export function captionsIdOf({ captionId, captionsId }: Readonly<CaptionsCallback>): string | undefined {
  return captionId ?? captionsId;
}

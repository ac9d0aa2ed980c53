import { Optional } from './dto.decorators.js';
import { IsNumberOrString, IsString } from './value.decorators.js';

/**
 * Whose callback it is. OpenTok projects and unified Vonage applications use different fields, so any of them may be
 * there, or none: `callbackOwner` returns the one that is, as text.
 */
export abstract class OwnedCallback {
  /**
   * The project; a text of digits in session and SIP callbacks, a number in archive and broadcast callbacks, possibly
   * a UUID in the unified environment. [Vonage: Session Monitoring; REST callback reference]
   */
  @Optional(IsNumberOrString())
  projectId?: number | string | null;

  /** The Vonage application (UUID), in the unified environment. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  applicationId?: string | null;

  /** The project under its older name, in archive and broadcast callbacks of OpenTok. [Vonage: Archiving] */
  @Optional(IsNumberOrString())
  partnerId?: number | string | null;
}

import { KeepsUnknownFields, Nested, Optional, Required } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { OwnedCallback } from './owned.callback.js';
import { type UnrecognizedEvent } from './unrecognized-event.js';
import { IsNumberOrString, IsString, IsText } from './value.decorators.js';

/** What a SIP call is doing. [Vonage: SIP Interconnect] */
export type SipCallState = OpenValue<'DIALING' | 'RINGING' | 'ON_HOLD' | 'ACTIVE' | 'HANGUP'>;

/** A call between a session and a SIP endpoint. */
export class SipCall {
  /** The id of the SIP conference. [Vonage: SIP Interconnect] */
  @Required(IsText())
  id!: string;

  /** The id of the call's connection to the session. [Vonage: SIP Interconnect] */
  @Optional(IsText())
  connectionId?: string | null;

  /** When the call was created, in ms since the epoch. [Vonage: SIP Interconnect] */
  @Optional(IsNumberOrString())
  createdAt?: number | string | null;
}

/** What every known SIP callback carries. */
export abstract class SipCallProgressCallback extends OwnedCallback {
  /** The session's id. [Vonage: SIP Interconnect] */
  @Required(IsText())
  sessionId!: string;

  /** When it happened, in ms since the epoch. Callbacks may arrive in another order. [Vonage: SIP Interconnect] */
  @Optional(IsNumberOrString())
  timestamp?: number | string | null;

  /** The call. [Vonage: SIP Interconnect] */
  @Required(Nested(() => SipCall))
  call!: SipCall;
}

/** A call was made; sent at least once for each call. [Vonage: SIP Interconnect] */
export class CallCreatedCallback extends SipCallProgressCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: SIP Interconnect] */
  @Required(IsText())
  event!: 'callCreated';
}

/** The state of a call changed. [Vonage: SIP Interconnect] */
export class CallUpdatedCallback extends SipCallProgressCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: SIP Interconnect] */
  @Required(IsText())
  event!: 'callUpdated';

  /** The new state. [Vonage: SIP Interconnect] */
  @Optional(IsString())
  state?: SipCallState | null;
}

/** A call ended; sent at least once for each call. [Vonage: SIP Interconnect] */
export class CallDestroyedCallback extends SipCallProgressCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: SIP Interconnect] */
  @Required(IsText())
  event!: 'callDestroyed';

  /**
   * A SIP response code, or 700 (normal clearing), 703 (unexpected clearing), 704 (media timeout), 705 (maximum
   * duration), 706 (maximum inactive); the example has it as text. [Vonage: SIP Interconnect]
   */
  @Optional(IsNumberOrString())
  reason_code?: number | string | null;

  /** What the code means, for example `Normal Clearing`. [Vonage: SIP Interconnect] */
  @Optional(IsString())
  reason_message?: string | null;

  /** What comes in place of the other two after a platform failure. [Vonage: Service Disruption Callbacks] */
  @Optional(IsString())
  reason?: string | null;
}

/** A moderator muted the session; sent if the dial request had `observeForceMute`. [Vonage: SIP Interconnect] */
export class MuteForcedCallback extends SipCallProgressCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: SIP Interconnect] */
  @Required(IsText())
  event!: 'muteForced';
}

/** An event that this version does not know. All fields of the JSON are kept. */
@KeepsUnknownFields()
export class UnrecognizedSipCallback extends OwnedCallback {
  /** Every other field, as it came. */
  [field: string]: unknown;

  /** The event's name. [Vonage: SIP Interconnect] */
  @Required(IsText())
  event!: UnrecognizedEvent;

  /** The session's id, if there is one. [Vonage: SIP Interconnect] */
  @Optional(IsString())
  sessionId?: string | null;

  /** When it happened, in ms since the epoch, if stated. [Vonage: SIP Interconnect] */
  @Optional(IsNumberOrString())
  timestamp?: number | string | null;
}

/** A callback about a SIP call; `event` says which. */
export type SipCallback =
  CallCreatedCallback | CallUpdatedCallback | CallDestroyedCallback | MuteForcedCallback | UnrecognizedSipCallback;

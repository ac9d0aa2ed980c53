import { type OpenValue, OwnedCallback, type UnrecognizedEvent } from './common-fields.js';
import {
  CODE,
  Dto,
  ID,
  KeepsUnknownFields,
  NON_EMPTY_TEXT,
  NUMBER,
  objectOf,
  Optional,
  Required,
  TEXT,
  type UnionClass,
  unionOf,
} from './dto.decorators.js';

/** What a SIP call is doing. [Vonage: SIP Interconnect] */
export type SipCallState = OpenValue<'DIALING' | 'RINGING' | 'ON_HOLD' | 'ACTIVE' | 'HANGUP'>;

/** A call between a session and a SIP endpoint. */
export class SipCall extends Dto {
  /** The id of the SIP conference. [Vonage: SIP Interconnect] */
  @Required(ID)
  id!: string;

  /** The id of the call's connection to the session. [Vonage: SIP Interconnect] */
  @Optional(ID)
  connectionId?: string;

  /** When the call was created, in ms since the epoch. [Vonage: SIP Interconnect] */
  @Optional(NUMBER)
  createdAt?: number;
}

/** What every known SIP callback carries. */
export abstract class SipCallProgressCallback extends OwnedCallback {
  /** The session's id. [Vonage: SIP Interconnect] */
  @Required(ID)
  sessionId!: string;

  /** When it happened, in ms since the epoch. Callbacks may arrive in another order. [Vonage: SIP Interconnect] */
  @Optional(NUMBER)
  timestamp?: number;

  /** The call. [Vonage: SIP Interconnect] */
  @Required(objectOf(() => SipCall))
  call!: SipCall;
}

/** A call was made; sent at least once for each call. [Vonage: SIP Interconnect] */
export class CallCreatedCallback extends SipCallProgressCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: SIP Interconnect] */
  @Required(NON_EMPTY_TEXT)
  event!: 'callCreated';
}

/** The state of a call changed. [Vonage: SIP Interconnect] */
export class CallUpdatedCallback extends SipCallProgressCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: SIP Interconnect] */
  @Required(NON_EMPTY_TEXT)
  event!: 'callUpdated';

  /** The new state. [Vonage: SIP Interconnect] */
  @Optional(TEXT)
  state?: SipCallState;
}

/** A call ended; sent at least once for each call. [Vonage: SIP Interconnect] */
export class CallDestroyedCallback extends SipCallProgressCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: SIP Interconnect] */
  @Required(NON_EMPTY_TEXT)
  event!: 'callDestroyed';

  /**
   * A SIP response code, or 700 (normal clearing), 703 (unexpected clearing), 704 (media timeout), 705 (maximum
   * duration), 706 (maximum inactive); the example has it as a string. [Vonage: SIP Interconnect]
   */
  @Optional(CODE)
  reason_code?: string;

  /** What the code means, for example `Normal Clearing`. [Vonage: SIP Interconnect] */
  @Optional(TEXT)
  reason_message?: string;

  /** What comes in place of the other two after a platform failure. [Vonage: Service Disruption Callbacks] */
  @Optional(TEXT)
  reason?: string;
}

/** A moderator muted the session; sent if the dial request had `observeForceMute`. [Vonage: SIP Interconnect] */
export class MuteForcedCallback extends SipCallProgressCallback {
  /** Distinguishes this callback from the others of its kind. [Vonage: SIP Interconnect] */
  @Required(NON_EMPTY_TEXT)
  event!: 'muteForced';
}

/** An event that this version does not know. All fields of the JSON are kept. */
@KeepsUnknownFields()
export class UnrecognizedSipCallback extends OwnedCallback {
  /** The event's name. [Vonage: SIP Interconnect] */
  @Required(NON_EMPTY_TEXT)
  event!: UnrecognizedEvent;

  /** The session's id, if there is one. [Vonage: SIP Interconnect] */
  @Optional(CODE)
  sessionId?: string;

  /** When it happened, in ms since the epoch, if stated. [Vonage: SIP Interconnect] */
  @Optional(NUMBER)
  timestamp?: number;
}

/** A callback about a SIP call; `event` says which. */
export type SipCallback =
  CallCreatedCallback | CallUpdatedCallback | CallDestroyedCallback | MuteForcedCallback | UnrecognizedSipCallback;

/** Every SipCallback is an instance of it. */
export const SipCallback: UnionClass<SipCallback> = unionOf(SipCallProgressCallback, UnrecognizedSipCallback);

/** Which attempt at handling a callback this is. */
export interface DeliveryAttempt {
  /** Counted from 1. */
  readonly attempt: number;
  /** After how many failed attempts the callback is given up. 1 where callbacks are not stored. */
  readonly of: number;
  /** When the callback was first received. */
  readonly firstReceivedAt: Date;
}

/** The attempt of a callback that is handled in the request that brought it. */
export function firstAttempt(): DeliveryAttempt {
  return { attempt: 1, of: 1, firstReceivedAt: new Date() };
}

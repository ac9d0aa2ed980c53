/** The result of reading the body of a request. */
export type BodyReading =
  | { readonly state: 'complete'; readonly bytes: Buffer }
  /** Complete, but compressed: which bytes were signed is not known. */
  | { readonly state: 'encoded' }
  /** Complete, but not declared as JSON. */
  | { readonly state: 'not-json' }
  /** Longer than `bodyLimit`; what was read of it was put back. */
  | { readonly state: 'too-large' }
  /** Not complete within `bodyTimeout`. */
  | { readonly state: 'timed-out' }
  /** The connection ended before the body did. */
  | { readonly state: 'aborted' }
  /** Something else read it first. */
  | { readonly state: 'consumed' }
  /**
   * Not read to the end, because the process already keeps too many bodies. Says how many bytes were put back into the
   * stream, after how many ms of reading.
   */
  | { readonly state: 'unread'; readonly putBack: number; readonly spentMs: number };

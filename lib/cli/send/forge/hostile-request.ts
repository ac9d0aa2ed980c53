import { type SignedCallback } from '../../../testing/index.js';
import { type OutgoingRequest } from '../exchange.js';
import { type FaultId } from './faults.js';
import { type Forger } from './forger.js';

/** What hostile requests are made from. */
export interface Material {
  readonly forger: Forger;
  /** A genuine callback that the endpoint has accepted. */
  readonly accepted: SignedCallback;
  /** The secret of another kind; `undefined` if none is known. */
  readonly otherSecret: string | undefined;
}

/** A hostile request as it is sent. */
export interface Attack extends OutgoingRequest {
  /** Added to the address. */
  readonly query?: string;
}

/** A request that an endpoint must refuse, and what it gets wrong if it does not. */
export interface HostileRequest {
  /** Stable, for scripts. */
  readonly id: string;
  readonly title: string;
  readonly fault: FaultId;
  /** Whether it has no `Authorization` header: an endpoint may answer 503, so that Vonage sends it again, signed. */
  readonly isUnsigned?: true;
  /** `undefined` if there is no material for it. */
  make(material: Material): Attack | undefined;
}

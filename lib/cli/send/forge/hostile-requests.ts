import { CHANGED_PAYLOADS } from './changed-payloads.js';
import { FALSE_CLAIMS } from './false-claims.js';
import { FALSE_SIGNATURES } from './false-signatures.js';
import { type HostileRequest } from './hostile-request.js';
import { MISSING_TOKENS } from './missing-tokens.js';
import { OPEN_ALGORITHMS } from './open-algorithms.js';
import { OTHER_REQUESTS } from './other-requests.js';

/** Every request that an endpoint must refuse. */
export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  ...MISSING_TOKENS,
  ...FALSE_SIGNATURES,
  ...OPEN_ALGORITHMS,
  ...FALSE_CLAIMS,
  ...CHANGED_PAYLOADS,
  ...OTHER_REQUESTS,
];

import { tokenParts, withToken } from './forger.js';
import { type HostileRequest } from './hostile-request.js';

/** Requests whose token names another algorithm than HS256. */
export const OPEN_ALGORITHMS: readonly HostileRequest[] = [
  ...['none', 'None', 'NONE', 'nOnE'].map((alg): HostileRequest => ({
    id: `alg_${alg}`,
    title: `alg "${alg}", no signature`,
    fault: 'algorithm_not_pinned',
    make: ({ forger }) => {
      const unsigned = forger.sign({ header: { alg } });
      const [header, claims] = tokenParts(unsigned);
      return withToken(unsigned, `${header}.${claims}.`);
    },
  })),
  {
    id: 'alg_none_signed',
    title: 'alg "none" under the signature of another token',
    fault: 'algorithm_not_pinned',
    make: ({ forger, accepted }) => {
      const unsigned = forger.sign({ header: { alg: 'none' } });
      const [header, claims] = tokenParts(unsigned);
      return withToken(unsigned, `${header}.${claims}.${tokenParts(accepted)[2]}`);
    },
  },
  {
    id: 'alg_missing',
    title: 'no alg, HMAC with the right secret',
    fault: 'algorithm_not_pinned',
    make: ({ forger }) => forger.sign({ header: { alg: undefined } }),
  },
  ...['HS384', 'HS512'].map((alg): HostileRequest => ({
    id: `alg_${alg}`,
    title: `${alg} with the right secret`,
    fault: 'algorithm_not_pinned',
    make: ({ forger }) => forger.sign({ header: { alg } }),
  })),
  ...['RS256', 'ES256', 'hs256'].map((alg): HostileRequest => ({
    id: `alg_${alg}`,
    title: `alg "${alg}", signed with HMAC and the right secret`,
    fault: 'algorithm_not_pinned',
    make: ({ forger }) => forger.sign({ header: { alg } }),
  })),
  {
    id: 'critical_extension',
    title: 'a header that demands an unknown extension (crit)',
    fault: 'extensions_ignored',
    make: ({ forger }) => forger.sign({ header: { crit: ['unknown'], unknown: true } }),
  },
];

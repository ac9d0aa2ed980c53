import { tokenOf, tokenParts, withAuthorization, withToken } from './forger.js';
import { type HostileRequest } from './hostile-request.js';

/** Requests whose token is missing, stands in the wrong place or cannot be read. */
export const MISSING_TOKENS: readonly HostileRequest[] = [
  {
    id: 'no_token',
    title: 'no Authorization header',
    fault: 'token_not_required',
    isUnsigned: true,
    make: ({ forger }) => withAuthorization(forger.sign(), undefined),
  },
  {
    id: 'empty_authorization',
    title: 'an empty Authorization header',
    fault: 'token_not_required',
    make: ({ forger }) => withAuthorization(forger.sign(), ''),
  },
  {
    id: 'empty_token',
    title: 'Bearer without a token',
    fault: 'token_not_required',
    make: ({ forger }) => withAuthorization(forger.sign(), 'Bearer '),
  },
  {
    id: 'token_in_query',
    title: 'a genuine token in the query only',
    fault: 'token_in_query_accepted',
    isUnsigned: true,
    make: ({ forger }) => {
      const genuine = forger.sign();
      const token = tokenOf(genuine);
      return {
        ...withAuthorization(genuine, undefined),
        query: `token=${token}&access_token=${token}&authorization=${token}`,
      };
    },
  },
  {
    id: 'garbage_token',
    title: 'a token that is none',
    fault: 'signature_not_verified',
    make: ({ forger }) => withToken(forger.sign(), 'garbage'),
  },
  {
    id: 'two_parts',
    title: 'a token without its signature part',
    fault: 'signature_not_verified',
    make: ({ forger }) => {
      const genuine = forger.sign();
      return withToken(genuine, tokenParts(genuine).slice(0, 2).join('.'));
    },
  },
  {
    id: 'header_not_json',
    title: 'a token whose header is no JSON',
    fault: 'signature_not_verified',
    make: ({ forger }) => forger.signParts('{"alg":', JSON.stringify({ iss: 'Vonage' })),
  },
  {
    id: 'claims_not_json',
    title: 'a token whose claims are no JSON',
    fault: 'signature_not_verified',
    make: ({ forger }) => forger.signParts('{"alg":"HS256","typ":"JWT"}', '{"iss":'),
  },
  {
    id: 'claims_null',
    title: 'a token whose claims are null',
    fault: 'signature_not_verified',
    make: ({ forger }) => forger.signParts('{"alg":"HS256","typ":"JWT"}', 'null'),
  },
  {
    id: 'other_scheme',
    title: 'a genuine token after Basic',
    fault: 'scheme_not_checked',
    make: ({ forger }) => {
      const genuine = forger.sign();
      return withAuthorization(genuine, `Basic ${tokenOf(genuine)}`);
    },
  },
  {
    id: 'two_authorizations',
    title: 'two Authorization headers, one of them genuine',
    fault: 'repeated_header_accepted',
    make: ({ forger }) => {
      const genuine = forger.sign();
      const authorization = [`Bearer ${tokenOf(genuine)}`, 'Bearer forged'];
      return { ...genuine, headers: { ...genuine.headers, authorization } };
    },
  },
];

import { createHmac, randomBytes } from 'node:crypto';
import { type Forger, tokenParts, withToken } from './forger.js';
import { type HostileRequest } from './hostile-request.js';

/** Requests whose signature is wrong, missing or made with another secret. */
export const FALSE_SIGNATURES: readonly HostileRequest[] = [
  {
    id: 'wrong_secret',
    title: 'signed with another secret',
    fault: 'signature_not_verified',
    make: ({ forger }) => forger.sign({ secret: randomBytes(32).toString('base64url') }),
  },
  {
    id: 'empty_secret',
    title: 'signed with an empty secret',
    fault: 'secret_guessable',
    make: ({ forger }) => {
      const genuine = forger.sign();
      const [header, claims] = tokenParts(genuine);
      // signCallback refuses an empty secret, as it should.
      const signature = createHmac('sha256', '').update(`${header}.${claims}`).digest('base64url');
      return withToken(genuine, `${header}.${claims}.${signature}`);
    },
  },
  ...['undefined', 'null', 'secret'].map((secret): HostileRequest => ({
    id: `secret_${secret}`,
    title: `signed with the secret "${secret}"`,
    fault: 'secret_guessable',
    make: ({ forger }) => forger.sign({ secret }),
  })),
  {
    id: 'signature_changed',
    title: 'a signature with one character changed',
    fault: 'signature_not_verified',
    make: ({ forger }) =>
      withSignature(forger, (signature) => (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)),
  },
  {
    id: 'signature_truncated',
    title: 'a signature cut in half',
    fault: 'signature_not_verified',
    make: ({ forger }) => withSignature(forger, (signature) => signature.slice(0, 22)),
  },
  {
    id: 'signature_empty',
    title: 'HS256 with an empty signature',
    fault: 'signature_not_verified',
    make: ({ forger }) => withSignature(forger, () => ''),
  },
  {
    id: 'claims_swapped',
    title: 'other claims under a genuine signature',
    fault: 'signature_not_verified',
    make: ({ forger, accepted }) => {
      const [header, , signature] = tokenParts(accepted);
      const other = forger.sign();
      return withToken(other, [header, tokenParts(other)[1], signature].join('.'));
    },
  },
  {
    id: 'signature_respelled',
    title: 'another spelling of a genuine signature',
    fault: 'spelling_tolerated',
    make: ({ forger }) => withSignature(forger, respelled),
  },
  {
    id: 'signature_padded',
    title: 'a genuine signature with base64 padding',
    fault: 'spelling_tolerated',
    make: ({ forger }) => withSignature(forger, (signature) => `${signature}=`),
  },
  {
    id: 'other_kind',
    title: 'signed with the secret of another kind',
    fault: 'kinds_not_separated',
    make: ({ forger, otherSecret }) => (otherSecret === undefined ? undefined : forger.sign({ secret: otherSecret })),
  },
];

function withSignature(forger: Forger, change: (signature: string) => string) {
  const genuine = forger.sign();
  const [header, claims, signature] = tokenParts(genuine);
  return withToken(genuine, `${header}.${claims}.${change(signature)}`);
}

/** The last of 43 characters carries two bits that mean nothing (RFC 4648, section 3.5). */
function respelled(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return signature.slice(0, -1) + alphabet.charAt(alphabet.indexOf(signature.slice(-1)) + 1);
}

import fc from 'fast-check';
import { base64url, genuineClaims, signText } from '../support/signer.js';
import { jsonMembers, jsonText } from './json-texts.js';

export const GENUINE_HEADER = '{"alg":"HS256","typ":"JWT"}';

/** A token, rightly signed, of texts. */
export const tokenOf = (header: string, claims: string): string =>
  signText(`${base64url(header)}.${base64url(claims)}`);

const codeUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));

const base64urlish = fc.string({
  unit: fc.constantFrom(...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/')),
  maxLength: 200,
});

const dotted = fc
  .array(fc.oneof(fc.string(), base64urlish, jsonText().map(base64url)), { maxLength: 6 })
  .map((parts) => parts.join('.'));

/** A rightly signed token whose parts are any JSON. */
const anyParts = fc.tuple(jsonText(), jsonText()).map(([header, claims]) => tokenOf(header, claims));

const withMembers = (json: string, before: string, behind: string): string =>
  `{${[before, json.slice(1, -1), behind].filter((members) => members !== '').join(',')}}`;

/** A rightly signed token with anything else in its header and claims, in front of what belongs there or behind it. */
const moreMembers = fc
  .array(jsonMembers(), { minLength: 4, maxLength: 4 })
  .map(([h1 = '', h2 = '', c1 = '', c2 = '']) =>
    tokenOf(withMembers(GENUINE_HEADER, h1, h2), withMembers(JSON.stringify(genuineClaims('')), c1, c2)),
  );

/** A rightly signed token one of whose claims is any JSON. */
const otherClaim = fc
  .tuple(
    fc.constantFrom('iat', 'jti', 'iss', 'payload_hash', 'api_key', 'application_id', 'exp', 'nbf'),
    jsonText({ deep: false }),
  )
  .map(([name, value]) =>
    tokenOf(GENUINE_HEADER, withMembers(JSON.stringify(genuineClaims('')), '', `"${name}":${value}`)),
  );

/** A genuine token in which a piece is replaced by another text. */
const mutated = fc
  .tuple(fc.nat(500), fc.nat(20), fc.oneof(fc.constant(''), fc.string(), base64urlish, codeUnits))
  .map(([at, length, piece]) => {
    const token = tokenOf(GENUINE_HEADER, JSON.stringify(genuineClaims('')));
    const start = at % token.length;
    return token.slice(0, start) + piece + token.slice(start + length);
  });

/** Any text in place of a token. */
export const tokenText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  codeUnits,
  base64urlish,
  dotted,
  anyParts,
  moreMembers,
  otherClaim,
  mutated,
);

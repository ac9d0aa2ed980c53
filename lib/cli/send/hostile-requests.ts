import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type CallbackToSign, type SignedCallback } from '../../testing/index.js';
import { type OutgoingRequest } from './exchange.js';

type Deviation = Partial<CallbackToSign>;
type TokenParts = readonly [header: string, claims: string, signature: string];

/** What hostile requests are made from. */
export interface Material {
  /**
   * Signs a callback. Each has its own payload and token id, so that none counts as a duplicate of another. Without
   * deviations it is genuine.
   */
  readonly sign: (deviation?: Deviation) => SignedCallback;
  /** A genuine callback that the endpoint has accepted. */
  readonly accepted: SignedCallback;
  readonly secret: string;
  /** The secret of another kind; `undefined` if none is known. */
  readonly otherSecret: string | undefined;
}

/** A hostile request as it is sent. */
export interface Attack extends OutgoingRequest {
  /** Appended to the query of the address. */
  readonly query?: string;
}

/** Makes a request. */
type Make = () => Attack;

/** Requests by a stable id, for scripts. `make` is missing if the request cannot be made with what is known. */
type Requests = Readonly<Record<string, readonly [title: string, make: Make | undefined]>>;

/** What an endpoint that accepts one of the requests gets wrong. */
export interface Fault {
  /** Stable, for scripts. */
  readonly id: string;
  readonly title: string;
  /** `advice`: some endpoints accept this on purpose, and it cannot be used without the secret. */
  readonly severity: 'fault' | 'advice';
  readonly requests: Requests;
}

const HOUR_S = 3600;
const HS256 = '{"alg":"HS256","typ":"JWT"}';

/** Every request that an endpoint must refuse, grouped by the fault that it reveals, the most serious first. */
export function hostileRequests({ sign, accepted, secret, otherSecret }: Material): readonly Fault[] {
  const signed = (deviation: Deviation) => () => sign(deviation);
  const claims = (deviating: Deviation['claims']) => signed({ claims: deviating });
  const project = (name: unknown) => claims({ api_key: name, application_id: undefined });
  const alg = (name: string | undefined) => signed({ header: { alg: name } });
  const body = (change: (text: string) => string) => () => {
    const genuine = sign();
    return { ...genuine, body: Buffer.from(change(genuine.body.toString())) };
  };
  /** With a header changed, or without it. */
  const header =
    (name: string, change: (value: string) => string | string[] | undefined, deviation?: Deviation): Make =>
    () => {
      const callback = sign(deviation);
      const { [name]: value = '', ...others } = callback.headers;
      const changed = change(value);
      return { ...callback, headers: changed === undefined ? others : { ...others, [name]: changed } };
    };
  const token = (change: (...parts: TokenParts) => readonly string[], deviation?: Deviation) =>
    header('authorization', (bearer) => `Bearer ${change(...tokenParts(bearer)).join('.')}`, deviation);
  const signature = (change: (text: string) => string, deviation?: Deviation) =>
    token((header, claims, text) => [header, claims, change(text)], deviation);
  const unsigned = (alg: string) => signature(() => '', { header: { alg } });
  /** A token whose header and claims are these texts, and whose signature is genuine for them. */
  const tokenOf = (...texts: readonly [header: string, claims: string]) => {
    const parts = texts.map((text) => Buffer.from(text).toString('base64url'));
    return token(() => [...parts, hmac(secret, ...parts)]);
  };
  const inQuery = (): Attack => {
    const { headers, ...genuine } = sign();
    const { authorization, ...others } = headers;
    const text = tokenParts(authorization).join('.');
    return { ...genuine, headers: others, query: `token=${text}&access_token=${text}&authorization=${text}` };
  };
  const [, , otherSignature] = tokenParts(accepted.headers['authorization']);
  const randomSecret = randomBytes(32).toString('base64url');
  const hashOfNothing = createHash('sha256').digest('hex');
  return [
    fault('token_not_required', 'requests without a token are accepted: anybody can send them', {
      no_token: ['no Authorization header', header('authorization', () => undefined)],
      empty_authorization: ['an empty Authorization header', header('authorization', () => '')],
      empty_token: ['Bearer without a token', header('authorization', () => 'Bearer ')],
    }),
    fault('signature_not_verified', 'the signature is not verified: anybody can make a token', {
      wrong_secret: ['signed with another secret', signed({ secret: randomSecret })],
      garbage_token: ['a token that is none', token(() => ['garbage'])],
      two_parts: ['a token without its signature part', token((header, claims) => [header, claims])],
      header_not_json: ['a token whose header is not JSON', tokenOf('{"alg":', '{"iss":"Vonage"}')],
      claims_not_json: ['a token whose claims are not JSON', tokenOf(HS256, '{"iss":')],
      claims_null: ['a token whose claims are null', tokenOf(HS256, 'null')],
      signature_changed: ['a signature with one character changed', signature(firstChanged)],
      signature_truncated: ['a signature cut in half', signature((text) => text.slice(0, 22))],
      signature_empty: ['HS256 with an empty signature', signature(() => '')],
      claims_swapped: ['changed claims with a genuine signature', signature(() => otherSignature)],
    }),
    fault('algorithm_not_pinned', 'the algorithm is not pinned to HS256: the token chooses how it is verified', {
      alg_none: ['alg "none", no signature', unsigned('none')],
      alg_None: ['alg "None", no signature', unsigned('None')],
      alg_NONE: ['alg "NONE", no signature', unsigned('NONE')],
      alg_nOnE: ['alg "nOnE", no signature', unsigned('nOnE')],
      alg_none_signed: [
        'alg "none" with the signature of another token',
        signature(() => otherSignature, { header: { alg: 'none' } }),
      ],
      alg_missing: ['no alg, HMAC with the right secret', alg(undefined)],
      alg_HS384: ['HS384 with the right secret', alg('HS384')],
      alg_HS512: ['HS512 with the right secret', alg('HS512')],
      alg_RS256: ['alg "RS256", signed with HMAC and the right secret', alg('RS256')],
      alg_ES256: ['alg "ES256", signed with HMAC and the right secret', alg('ES256')],
      alg_hs256: ['alg "hs256", signed with HMAC and the right secret', alg('hs256')],
    }),
    fault('secret_guessable', 'the secret can be guessed, or is not set: anybody can sign', {
      // Signed here, because signCallback refuses an empty secret.
      empty_secret: ['signed with an empty secret', token((head, set) => [head, set, hmac('', head, set)])],
      secret_undefined: ['signed with the secret "undefined"', signed({ secret: 'undefined' })],
      secret_null: ['signed with the secret "null"', signed({ secret: 'null' })],
      secret_secret: ['signed with the secret "secret"', signed({ secret: 'secret' })],
    }),
    fault(
      'payload_not_verified',
      'the body is not compared with payload_hash: one captured token authorises any body',
      {
        payload_changed: ['a genuine token, one byte of the body changed', body(firstDigitChanged)],
        payload_replaced: ['an accepted token again, with another body', () => ({ ...accepted, body: sign().body })],
        payload_extended: [
          'a genuine token, a field added to the body',
          body((text) => text.replace(/}$/, ',"added":true}')),
        ],
        payload_emptied: ['a genuine token, an empty object as body', body(() => '{}')],
        hash_of_nothing: [
          'a token whose payload_hash is that of an empty body',
          claims({ payload_hash: hashOfNothing }),
        ],
      },
    ),
    fault('payload_hash_optional', 'a token without a usable payload_hash is accepted: its body is not verified', {
      hash_missing: ['a token whose payload_hash is missing', claims({ payload_hash: undefined })],
      hash_null: ['a token whose payload_hash is null', claims({ payload_hash: null })],
      hash_empty: ['a token whose payload_hash is empty', claims({ payload_hash: '' })],
      hash_true: ['a token whose payload_hash is true', claims({ payload_hash: true })],
    }),
    fault('age_not_limited', 'there is no age limit: a captured request can be replayed for ever', {
      issued_26_hours_ago: ['a token issued 26 hours ago', claims({ iat: now() - 26 * HOUR_S })],
      issued_years_ago: ['a token issued in 2001', claims({ iat: 1_000_000_000 })],
      issued_never: ['a token without iat', claims({ iat: undefined })],
      issued_as_text: ['a token with an iat that is text', claims({ iat: `${now()}, or so` })],
    }),
    fault('future_accepted', 'tokens from the future are accepted: they outlive the age limit', {
      issued_in_future: ['a token issued an hour from now', claims({ iat: now() + HOUR_S })],
      issued_in_milliseconds: ['a token with an iat in milliseconds', claims({ iat: now() * 1000 })],
    }),
    fault('kinds_not_separated', 'the secret of another kind is accepted: one secret is enough to send every kind', {
      other_kind: [
        'signed with the secret of another kind',
        otherSecret === undefined ? undefined : signed({ secret: otherSecret }),
      ],
    }),
    fault('token_in_query_accepted', 'a token in the URL is accepted: URLs are logged', {
      token_in_query: ['a genuine token in the query only', inQuery],
    }),
    fault('issuer_not_checked', 'the issuer is not checked: tokens of other services are accepted', {
      other_issuer: ['a token of another issuer', claims({ iss: 'Vonnage' })],
      no_issuer: ['a token without an issuer', claims({ iss: undefined })],
    }),
    fault('request_unhandled', 'a hostile request was answered with 5xx: an unhandled case', {}),
    fault('answer_unclear', 'a request was neither accepted nor refused: redirected, limited, or not answered', {}),
    advice('project_not_checked', 'the project is not checked: any api_key is accepted', {
      other_project: ['a token of a project that is not yours', project('no-such-project')],
      no_project: ['a token without a project', project(undefined)],
      proto_project: ['a token of the project "__proto__"', project('__proto__')],
      constructor_project: ['a token of the project "constructor"', project('constructor')],
      object_project: ['a token of a project that is an object', project({ length: 1 })],
    }),
    advice('user_agent_not_checked', 'the User-Agent is not checked', {
      other_user_agent: ['a genuine token, another User-Agent', header('user-agent', () => 'curl/8.0')],
    }),
    advice('token_id_not_checked', 'tokens without jti are accepted: replays cannot be recognized', {
      no_token_id: ['a token without jti', claims({ jti: undefined })],
    }),
    advice('expiry_not_honoured', 'exp and nbf are ignored (Vonage does not send them today)', {
      expired: ['a token with an exp in the past', claims({ exp: now() - 2 * HOUR_S })],
      not_yet_valid: ['a token with an nbf in the future', claims({ nbf: now() + 2 * HOUR_S })],
    }),
    advice('extensions_ignored', 'a token that demands extensions (crit) is accepted', {
      critical_extension: [
        'a header that demands an unknown extension (crit)',
        signed({ header: { crit: ['unknown'], unknown: true } }),
      ],
    }),
    advice(
      'spelling_tolerated',
      'a signature is accepted in several spellings: the text of a token does not identify a callback',
      {
        signature_respelled: ['another spelling of a genuine signature', signature(respelled)],
        signature_padded: ['a genuine signature with base64 padding', signature((text) => `${text}=`)],
      },
    ),
    advice('scheme_not_checked', 'other schemes than Bearer are accepted', {
      other_scheme: [
        'a genuine token with the scheme Basic',
        header('authorization', (bearer) => bearer.replace('Bearer', 'Basic')),
      ],
    }),
    advice('repeated_header_accepted', 'two Authorization headers are accepted: a proxy may look at the other one', {
      two_authorizations: [
        'two Authorization headers, one of them genuine',
        header('authorization', (bearer) => [bearer, 'Bearer forged']),
      ],
    }),
    advice('method_not_checked', 'other methods than POST are answered with success', {
      method_get: ['a genuine token, but GET', () => ({ ...sign(), method: 'GET' })],
      method_put: ['a genuine token, but PUT', () => ({ ...sign(), method: 'PUT' })],
    }),
    advice(
      'body_reprinted',
      'the hash is computed from the parsed and re-serialised body: genuine callbacks may be refused',
      {
        payload_reprinted: [
          'a genuine token, the body indented',
          body((text) => JSON.stringify(JSON.parse(text), null, 2)),
        ],
      },
    ),
    advice('body_not_checked', 'bodies that are not JSON objects are accepted', {
      body_not_json: ['a genuine token for a body that is not JSON', signed({ body: '{"id":' })],
      body_null: ['a genuine token for a body that is null', signed({ body: 'null' })],
      body_list: ['a genuine token for a body that is a list', signed({ body: '[]' })],
    }),
  ];
}

function fault(id: string, title: string, requests: Requests): Fault {
  return { id, severity: 'fault', title, requests };
}

function advice(id: string, title: string, requests: Requests): Fault {
  return { id, severity: 'advice', title, requests };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function tokenParts(authorization = ''): TokenParts {
  const [header = '', claims = '', signature = ''] = authorization.replace('Bearer ', '').split('.');
  return [header, claims, signature];
}

function hmac(secret: string, ...parts: readonly string[]): string {
  return createHmac('sha256', secret).update(parts.join('.')).digest('base64url');
}

function firstChanged(signature: string): string {
  return (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
}

/** Changes a digit, so that the body is still valid JSON. */
function firstDigitChanged(body: string): string {
  return body.replace(/\d/, (digit) => String((Number(digit) + 1) % 10));
}

/** The last of 43 characters carries two bits that mean nothing (RFC 4648, section 3.5). */
function respelled(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return signature.slice(0, -1) + alphabet.charAt(alphabet.indexOf(signature.slice(-1)) + 1);
}

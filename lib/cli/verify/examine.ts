import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type CallbackCheck, type CallbackCheckName } from '../../verification/callback-check.js';
import { CallbackRejection } from '../../verification/callback-rejection.js';
import { CallbackVerifier, DEFAULT_MAX_AGE } from '../../verification/callback-verifier.js';
import { explainPayload, payloadDigest } from '../../verification/payload-hash.js';
import { importSignatureKeys, type SignatureKey } from '../../verification/signature-key.js';
import { readToken, type UnverifiedToken } from '../../verification/unverified-token.js';
import { asUtf8 } from '../input.js';
import { printable } from '../output.js';
import { diagnoseSignature } from '../signature-diagnosis.js';
import { type SignatureSecrets } from '../signature-secrets.js';
import { type Surroundings } from '../surroundings.js';
import { type CapturedRequest } from './capture.js';
import { type VerifyOptions } from './verify.command.js';

/** A check as it is printed. */
export interface Check extends Finding {
  /** Stable, for scripts. */
  readonly id: CallbackCheckName | 'method';
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'not_checked';
}

interface Finding {
  /** What was found. */
  readonly detail: string;
  /** What the reader can do about it. */
  readonly explanation?: string | undefined;
}

/** The text for each check; the default is the verifier's explanation. */
type Findings<Found> = Readonly<Partial<Record<CallbackCheckName, (problem: string) => Found>>>;

/** Makes every check on a captured request, and returns the results with explanations. */
export async function examine(
  capture: CapturedRequest,
  { kind, maxAge = DEFAULT_MAX_AGE, anyUserAgent, at = new Date(), ...options }: VerifyOptions,
  secrets: SignatureSecrets,
  { env }: Surroundings,
): Promise<readonly Check[]> {
  const { headers, body } = capture;
  const { applicationId = env['VIDEO_APPLICATION_ID'], apiKey = env['VIDEO_API_KEY'] } = options;
  const projects = [applicationId, apiKey].filter((project) => project !== undefined);
  const kinds = kind === undefined ? VIDEO_CALLBACK_KINDS : [kind];
  const names = new Set(secrets.of(...kinds).map(({ name }) => name));
  const keys = new Map<VideoCallbackKind, readonly SignatureKey[]>();
  for (const one of kinds) keys.set(one, await importSignatureKeys(secrets.of(one)));
  let signer: string | undefined;
  const verifier = new CallbackVerifier({
    keys: {
      keysFor: (project, one) => (projects.length === 0 || projects.includes(project) ? keys.get(one) : undefined),
      keysAtHand: (_, one) => keys.get(one),
      matched: (_project, _kind, { name }) => (signer ??= name),
    },
    maxAge,
    userAgent: anyUserAgent ? false : undefined,
  });
  const checks = await verifier.examine(headers, body, kinds, at);
  const { claims = {}, header = {} } = tokenOf(capture) ?? {};
  const { iat } = claims;
  const project = ['application_id', 'api_key']
    .filter((claim) => claims[claim] !== undefined)
    .map((claim) => `${claim} ${projectText(claims[claim])}`)
    .join(', ');
  const digest = body === undefined ? '' : `${body.length} bytes, SHA-256 ${payloadDigest(body).toString('hex')}`;

  const passed: Findings<string> = {
    project: () => project,
    signature: () => `made with ${signer ?? ''}`,
    issued_at: () => `${issued(iat, at)}young enough`,
    expiry: () => moment(claims['exp']),
    not_before: () => moment(claims['nbf']),
    token_id: () => printable(String(claims['jti']), 60),
    payload_hash_claimed: () => String(claims['payload_hash']),
    payload_hash: () => `${digest}, as signed`,
  };
  const failed: Findings<Finding | Promise<Finding>> = {
    user_agent: (detail) => ({
      detail,
      explanation:
        'if everything else passes, Vonage may have changed it: see the option userAgent, and --any-user-agent here',
    }),
    algorithm: (problem) => {
      const { alg } = header;
      const found = alg === undefined ? 'missing' : printable(JSON.stringify(alg), 20);
      return { detail: `${problem}: alg is ${found}` };
    },
    project: (problem) => {
      const found = projects.length === 0 ? problem : `not yours, which is ${printable(projects.join(', '))}`;
      return { detail: project === '' ? problem : `${project}: ${found}` };
    },
    signature: async () => ({
      detail: `made with none of: ${[...names].join(', ')}`,
      explanation: await diagnoseSignature(headers, secrets, kinds),
    }),
    issued_at: (problem) => ({
      detail: issued(iat, at) + problem,
      explanation: typeof iat === 'number' ? judgedThen(iat, capture.capturedAt) : undefined,
    }),
    payload_hash: () => ({
      detail: `${digest}, which is not the one that was signed`,
      explanation: explainBody(capture, String(claims['payload_hash'])),
    }),
  };
  const found = async ({ name, outcome, explanation = '' }: CallbackCheck): Promise<Check> => {
    const base = { id: name, title: name.replaceAll('_', ' ') };
    if (outcome === 'passed') return { ...base, outcome, detail: passed[name]?.('') ?? 'as expected' };
    if (outcome === 'failed') {
      return { ...base, outcome, ...((await failed[name]?.(explanation)) ?? { detail: explanation }) };
    }
    const isUnset = name === 'signature' && names.size === 0;
    const unset = `no secret${kind === undefined ? '' : ` for ${kind}`} is set: see the variables in --help`;
    return { ...base, outcome: 'not_checked', detail: isUnset ? unset : explanation };
  };
  return [methodCheck(capture), ...(await Promise.all(checks.map(found)))];
}

function methodCheck({ method }: CapturedRequest): Check {
  const base = { id: 'method', title: 'method' } as const;
  if (method === 'POST') return { ...base, outcome: 'passed', detail: method };
  return { ...base, outcome: 'failed', detail: `${printable(method, 20)}: callbacks are sent with POST` };
}

/** A project as it is printed. A claim that is neither text nor a number is shown by its type only. */
function projectText(claim: unknown): string {
  return typeof claim === 'string' || typeof claim === 'number' ? printable(String(claim), 60) : `(${typeof claim})`;
}

function tokenOf({ headers }: CapturedRequest): UnverifiedToken | undefined {
  try {
    return readToken(headers);
  } catch (error) {
    if (error instanceof CallbackRejection) return undefined;
    throw error;
  }
}

/** When the token was issued and how old it is, followed by what that means. */
function issued(iat: unknown, at: Date): string {
  if (typeof iat !== 'number') return '';
  return `issued ${moment(iat)}, ${age(at.getTime() / 1000 - iat)} at ${at.toISOString()}: `;
}

function judgedThen(iat: number, capturedAt: Date | undefined): string {
  if (capturedAt === undefined) {
    return 'a server uses its own clock; to check the time of the capture, use --at';
  }
  const then = age(capturedAt.getTime() / 1000 - iat);
  return `when captured it was ${then}: check that time with --at ${capturedAt.toISOString()}`;
}

function moment(seconds: unknown): string {
  if (typeof seconds !== 'number') return 'none';
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString();
}

function age(seconds: number): string {
  return seconds < 0 ? `${Math.round(-seconds)} s in the future` : `${Math.round(seconds)} s old`;
}

/** Explains how a body differs from the signed one. */
function explainBody({ body = Buffer.alloc(0), headers }: CapturedRequest, signedHash: string): string {
  const hash = signedHash.toLowerCase();
  const { bytes, wasUtf16 } = asUtf8(body);
  const isAsSigned = wasUtf16 && payloadDigest(bytes).toString('hex') === hash;
  const inUtf8 = isAsSigned ? ' it is as signed' : `: ${explainPayload(bytes, hash)}`;
  const encoded = wasUtf16 ? `the body was written in UTF-16; in UTF-8${inUtf8}` : explainPayload(body, hash);
  const isCompressed = headers['content-encoding'] !== undefined;
  return isCompressed ? `${encoded}; the body is compressed, and the hash is taken of the content` : encoded;
}

import { VONAGE_CALLBACK_USER_AGENT } from '../../verification/callback-verifier.js';
import { CallbackRejection } from '../../verification/callback-rejection.js';
import { bearerToken, readToken, type UnverifiedToken } from '../../verification/unverified-token.js';
import { printable } from '../output.js';
import { type CapturedRequest } from './captured-request.js';
import { type Check, checkOf, type Checks } from './check.js';

/** Checks what stands around the token, and reads it. */
export function requestChecks(
  { method, headers }: CapturedRequest,
  anyUserAgent: boolean,
): { readonly checks: Checks; readonly token: UnverifiedToken | undefined } {
  let token: UnverifiedToken | undefined;
  const checks = [
    { id: 'method', title: 'method', ...methodFinding(method) },
    ...(anyUserAgent ? [] : [{ id: 'user_agent', title: 'User-Agent', ...userAgentFinding(headers['user-agent']) }]),
    checkOf('authorization', 'Authorization', () => {
      bearerToken(headers);
      return 'one Bearer token';
    }),
    checkOf('token_form', 'form of the token', () => {
      token = readToken(headers);
      return 'three parts, canonical base64url, JSON';
    }),
  ];
  return { checks, token };
}

/** Checks the token's own header. */
export function algorithmChecks({ header }: UnverifiedToken): Checks {
  const { alg, crit } = header;
  return [
    checkOf('algorithm', 'algorithm', () => {
      if (alg === 'HS256') return 'HS256';
      const named = typeof alg === 'string' ? `"${printable(alg, 20)}"` : 'missing';
      throw new CallbackRejection('algorithm_not_allowed', `alg is ${named}, and not HS256`);
    }),
    ...(crit === undefined
      ? []
      : [
          checkOf('critical_header', 'extensions', () => {
            throw new CallbackRejection('critical_header_unsupported', 'the token demands extensions (crit)');
          }),
        ]),
  ];
}

type Finding = Pick<Check, 'outcome' | 'detail' | 'explanation'>;

function methodFinding(method: string): Finding {
  if (method === 'POST') return { outcome: 'passed', detail: 'POST' };
  return { outcome: 'failed', detail: `${printable(method, 20)}: callbacks are sent with POST` };
}

function userAgentFinding(userAgent: readonly string[] | undefined): Finding {
  if (userAgent?.[0] === VONAGE_CALLBACK_USER_AGENT) return { outcome: 'passed', detail: VONAGE_CALLBACK_USER_AGENT };
  return {
    outcome: 'failed',
    detail:
      userAgent === undefined ? 'missing' : `"${printable(userAgent.join(), 60)}" is not that of Vonage callbacks`,
    explanation:
      'if everything else passes, Vonage may have changed it: see the option userAgent, and --any-user-agent here',
  };
}

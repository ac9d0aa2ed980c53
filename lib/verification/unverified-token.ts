import { bearerToken } from './bearer-token.js';
import { type CallbackHeaders } from './callback-headers.js';
import { type CompactToken, readCompactToken } from './compact-token.js';

/** A token that was read and not verified. */
export interface UnverifiedToken extends CompactToken {
  readonly text: string;
}

export function readToken(headers: CallbackHeaders): UnverifiedToken {
  const text = bearerToken(headers);
  return { ...readCompactToken(text), text };
}

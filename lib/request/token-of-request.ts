import { type IncomingMessage } from 'node:http';
import { type CompactToken, readCompactToken } from '../verification/compact-token.js';
import { privateMember } from './private-member.js';

const tokens = privateMember<{ readonly text: string; readonly token: CompactToken }>();

/** Longest token that is kept with its request, in characters: what it holds can take 20 times its length in memory. */
const MAX_KEPT = 2048;

/**
 * Reads a token of a request, once unless it is long: it is looked at before the body is read, and again by the guard.
 *
 * @throws {CallbackRejection} `token_malformed`
 */
export function tokenOfRequest(request: IncomingMessage, text: string): CompactToken {
  const read = tokens.get(request);
  if (read?.text === text) return read.token;
  const token = readCompactToken(text);
  if (text.length <= MAX_KEPT) tokens.set(request, { text, token });
  return token;
}

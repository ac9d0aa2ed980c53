import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type Exchange } from './exchange.js';

/**
 * Advice for an answer that may not come from the module, but from the application's guard or throttler, or from a
 * proxy. The module refuses with Nest's plain 401, as other guards may, and never with 403, 429, a redirect, HTML or
 * `WWW-Authenticate`.
 *
 * @returns `undefined` for any other answer
 */
export function answerHint({ status, headers }: Exchange, kind: VideoCallbackKind): string | undefined {
  if (status === undefined) return undefined;
  const exempt =
    `Exempt the route with the decorators of your application, for example @VideoCallback('${kind}', ` +
    '{ decorators: [Public(), SkipThrottle()] }).';
  if (status >= 300 && status < 400) {
    return `${status} is a redirect, which is not followed: use the address that it leads to.`;
  }
  if (status === 403) return `The module never answers 403: a guard, the handler or a proxy did. ${exempt}`;
  if (status === 429) return `The module never answers 429: a throttler or a proxy did. ${exempt}`;
  if (status !== 401) return undefined;
  const isOther = 'www-authenticate' in headers || headers['content-type']?.startsWith('text/html');
  return isOther
    ? `The module does not answer 401 like this: a guard or a proxy did. ${exempt}`
    : "The application's log says why the module refused the request. If it has no line about it, a guard of " +
        `the application refused it. ${exempt}`;
}

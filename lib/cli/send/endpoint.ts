import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { SourceAddresses } from '../../verification/source-addresses.js';
import { kindNamed } from '../options.js';
import { UsageError } from '../surroundings.js';
import { type SendOptions } from './sending.js';

/** Loopback, every address of this machine, and private addresses (RFC 1122, RFC 1918, RFC 4291, RFC 4193). */
const OWN = new SourceAddresses([
  ...['127.0.0.0/8', '::1', '0.0.0.0', '::'],
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
]);

/** Cloud services in the private range that hand out the machine's credentials (AWS, Google Cloud). */
const CLOUD_METADATA = new SourceAddresses(['fd00:ec2::/32', 'fd20:ce::/32']);

/** `*.localhost` is loopback (RFC 6761), `*.local` the local network (RFC 6762). */
const OWN_NAME = /^(?:.+\.)?localhost\.?$|^.+\.local\.?$/i;

/**
 * The address for a kind: the path that was given for the kind, otherwise the URL with the kind's name in place of
 * `{kind}`.
 *
 * A host that is neither this machine nor private must be confirmed, so that nothing is sent to somebody else by
 * mistake. Names are not resolved. Link-local addresses must be confirmed too, because clouds hand out credentials
 * there.
 *
 * @throws {UsageError} if it is not an address that callbacks may be sent to
 */
export function endpointUrl(
  address: string,
  kind: VideoCallbackKind,
  { path: paths = [], iOwnThisEndpoint: isConfirmed }: SendOptions,
): URL {
  const base = address.replaceAll('{kind}', kind);
  if (!URL.canParse(base)) throw new UsageError('<url> is not a URL: write it like http://localhost:3000/video');
  const url = new URL(new Map(paths).get(kind) ?? base, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new UsageError('<url> must begin with http:// or https://');
  // They would become an Authorization header, which is the token's place.
  if (url.username !== '' || url.password !== '') throw new UsageError('<url> must not hold a user name or password');
  // The URL parser has normalised the address.
  const { hostname } = url;
  if (isConfirmed || OWN_NAME.test(hostname) || (OWN.has(hostname) && !CLOUD_METADATA.has(hostname))) return url;
  throw new UsageError(
    `${hostname} is neither this machine nor a private address. Send only to your own endpoint, and confirm ` +
      'with --i-own-this-endpoint that it is yours',
  );
}

/**
 * A kind and its path, written as `archive=/video/archives`.
 *
 * @throws {UsageError} if it is written otherwise
 */
export function kindAndPath(text: string): readonly [kind: VideoCallbackKind, path: string] {
  const [, name, path] = /^([^=]*)=(\/(?!\/).*)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) throw new UsageError('--path is written as archive=/video/archives');
  return [kindNamed(name), path];
}

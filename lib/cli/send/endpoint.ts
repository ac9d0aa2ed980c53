import { BlockList, isIP } from 'node:net';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { UsageError } from '../exit-code.js';
import { kindNamed } from '../options.js';

/** The options that say where callbacks go. */
export interface EndpointOptions {
  readonly path?: readonly (readonly [kind: VideoCallbackKind, path: string])[];
  readonly iOwnThisEndpoint?: true;
}

/** Loopback and private addresses (RFC 1122, RFC 1918, RFC 4291, RFC 4193). */
const OWN = blockList([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
  // Every address of this machine: a connection to it stays here.
  ['0.0.0.0', 32, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
]);

/** Services of a cloud within the private range, which hand out credentials of the machine (AWS, Google Cloud). */
const CLOUD_METADATA = blockList([
  ['fd00:ec2::', 32, 'ipv6'],
  ['fd20:ce::', 32, 'ipv6'],
]);

/** `*.localhost` is loopback (RFC 6761), `*.local` the local network (RFC 6762). */
const OWN_NAME = /^(?:.+\.)?localhost\.?$|^.+\.local\.?$/i;

/**
 * The address for a kind: with the kind's path if one was given, else the URL itself, in which `{kind}` stands for the
 * kind's name.
 *
 * A host that is neither this machine nor private must be confirmed, so that nothing is sent to a foreign one by
 * mistake; what a name means is not looked up. Link-local addresses must be, since clouds answer there with credentials.
 *
 * @throws {UsageError} if it is not an address that callbacks may be sent to
 */
export function endpointUrl(
  address: string,
  kind: VideoCallbackKind,
  { path: paths = [], iOwnThisEndpoint: isConfirmed }: EndpointOptions,
): URL {
  const base = address.replaceAll('{kind}', kind);
  if (!URL.canParse(base)) throw new UsageError('<url> is not an address: write it as http://localhost:3000/video');
  const url = new URL(new Map(paths).get(kind) ?? base, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new UsageError('<url> must begin with http:// or https://');
  // They would become an Authorization header, which is the token's place.
  if (url.username !== '' || url.password !== '') throw new UsageError('<url> must not hold a user name or password');
  if (isConfirmed || isOwn(url.hostname)) return url;
  throw new UsageError(
    `${url.hostname} is neither this machine nor a private address: this is meant for your own endpoint, so confirm ` +
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

/** The URL parser has made one spelling of all spellings of an address. */
function isOwn(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(address);
  if (version === 0) return OWN_NAME.test(hostname);
  // As IPv6, an IPv4 address that is mapped into IPv6 is found among those of IPv4.
  const family = version === 6 ? 'ipv6' : 'ipv4';
  return OWN.check(address, family) && !CLOUD_METADATA.check(address, family);
}

function blockList(networks: readonly (readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'])[]) {
  const list = new BlockList();
  for (const network of networks) list.addSubnet(...network);
  return list;
}

import { BlockList, isIP } from 'node:net';
import { UsageError } from '../exit-code.js';

type Network = readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'];

/** Loopback and private addresses (RFC 1122, RFC 1918, RFC 4291, RFC 4193). */
const OWN: readonly Network[] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
  // Every address of this machine: a connection to it stays here.
  ['0.0.0.0', 32, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
];

/** Services of a cloud within the private range, which hand out credentials of the machine (AWS, Google Cloud). */
const CLOUD_METADATA: readonly Network[] = [
  ['fd00:ec2::', 32, 'ipv6'],
  ['fd20:ce::', 32, 'ipv6'],
];

/** `*.localhost` is loopback (RFC 6761), `*.local` the local network (RFC 6762). */
const OWN_NAME = /^(?:.+\.)?localhost\.?$|^.+\.local\.?$/i;

const ownAddresses = blockList(OWN);
const metadataAddresses = blockList(CLOUD_METADATA);

/**
 * Refuses to send to a foreign host by mistake. Addresses of this machine and of private networks need no confirmation;
 * what a name means is not looked up. Link-local addresses do, since clouds answer there with credentials.
 *
 * @throws {UsageError} if the host is public and not confirmed
 */
export function assertOwnEndpoint({ hostname }: URL, isConfirmed: boolean): void {
  if (isConfirmed || isOwn(hostname)) return;
  throw new UsageError(
    `${hostname} is neither this machine nor a private address: this is meant for your own endpoint, so confirm with ` +
      '--i-own-this-endpoint that it is yours',
  );
}

/** The URL parser has made one spelling of all spellings of an address. */
function isOwn(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(address);
  if (version === 0) return OWN_NAME.test(hostname);
  // As IPv6, an IPv4 address that is mapped into IPv6 is found among those of IPv4.
  const family = version === 6 ? 'ipv6' : 'ipv4';
  return ownAddresses.check(address, family) && !metadataAddresses.check(address, family);
}

function blockList(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const network of networks) list.addSubnet(...network);
  return list;
}

import { BlockList, isIP } from 'node:net';
import { UsageError } from '../usage-error.js';

/** Loopback, private, link-local and unspecified addresses (RFC 1918, RFC 4193, RFC 3927, RFC 4291). */
const PRIVATE: readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 32, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
];

const privateAddresses = new BlockList();
for (const [network, prefix, family] of PRIVATE) privateAddresses.addSubnet(network, prefix, family);

/**
 * Refuses to send to a stranger by mistake. Addresses of this machine and of private networks need no confirmation;
 * what a name means is not looked up.
 *
 * @throws {UsageError} if the host is public and not confirmed
 */
export function assertOwnEndpoint({ hostname }: URL, isConfirmed: boolean): void {
  if (isConfirmed || isPrivate(hostname)) return;
  throw new UsageError(
    `${hostname} is neither this machine nor a private address: this is meant for your own endpoint, so confirm with ` +
      '--i-own-this-endpoint that it is yours',
  );
}

function isPrivate(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(address);
  if (version !== 0) return privateAddresses.check(address, version === 6 ? 'ipv6' : 'ipv4');
  return /(^|\.)localhost\.?$|\.local\.?$/i.test(hostname);
}

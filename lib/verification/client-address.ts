import { isIPv4, isIPv6 } from 'node:net';

const LARGEST_PORT = 65_535;

/** An address in brackets, or an IPv4 address, with or without a port. */
const WRITTEN_WITH_PORT = /^(?:\[([^[\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/;

/**
 * The address in what a platform reports as that of the client: behind a proxy that is trusted it is what the proxy wrote
 * into `X-Forwarded-For`, which may be any text.
 *
 * Some proxies write the port too (`192.0.2.1:51514`, `[2001:db8::1]:443`), which is taken off. So is the zone of a
 * link-local address (`fe80::1%eth0`): the name of an interface of this machine says nothing about the client.
 *
 * @returns `undefined` if there is no address
 */
export function addressIn(reported: string | undefined): string | undefined {
  if (reported === undefined) return undefined;
  const [, bracketed, dotted, port = '0'] = WRITTEN_WITH_PORT.exec(reported) ?? [];
  if (Number(port) > LARGEST_PORT) return undefined;
  if (dotted !== undefined) return isIPv4(dotted) ? dotted : undefined;
  const [address = ''] = (bracketed ?? reported).split('%', 1);
  return isIPv6(address) ? address : undefined;
}

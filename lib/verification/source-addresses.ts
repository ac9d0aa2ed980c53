import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { CallbackRejection } from './callback-rejection.js';
import { quoted } from './quoted-text.js';

/** The addresses from which Vonage sends callbacks. Source: "OpenTok Video API Callback Service Update Jan 2024". */
export const VONAGE_CALLBACK_ADDRESSES: readonly string[] = Object.freeze(['216.147.0.0/18']);

/** A list of addresses and CIDR ranges, IPv4 and IPv6. */
export class SourceAddresses {
  private readonly allowed = new BlockList();

  /** @throws {TypeError} that names the entry which is neither an address nor a range */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) this.allow(range);
  }

  /**
   * @param reported the address as the platform reports it; an IPv4 address may come as IPv6 (`::ffff:192.0.2.1`) and
   *   then matches IPv4 ranges
   * @throws {CallbackRejection} `address_not_allowed`
   */
  check(reported: string | undefined): void {
    if (this.has(reported)) return;
    throw new CallbackRejection(
      'address_not_allowed',
      `${found(reported, addressIn(reported))} (allowedAddresses); behind a proxy, is "trust proxy" set?`,
    );
  }

  /** Whether an address is in the list. Like {@link check}, without throwing. */
  has(reported: string | undefined): boolean {
    const address = addressIn(reported);
    return address !== undefined && this.allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  private allow(range: string): void {
    const parsed = parseRange(range);
    if (parsed === undefined) {
      throw new TypeError(`"${range}" is no address and no range: write it as 216.147.0.0/18 or 2001:db8::/32.`);
    }
    this.allowed.addSubnet(parsed.address, parsed.prefix, parsed.type);
  }
}

function found(reported: string | undefined, address: string | undefined): string {
  if (address !== undefined) return `the source address ${address} is not allowed`;
  return reported === undefined
    ? 'the platform reports no source address'
    : `the platform reports ${quoted(reported)}, which is not an address`;
}

/** Whether a string is an address or a CIDR range. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

function parseRange(range: string): { address: string; prefix: number; type: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', prefix, ...rest] = range.split('/');
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
  if (version === 0 || rest.length > 0 || !(length <= bits) || address.includes('%')) return undefined;
  return { address, prefix: length, type: version === 6 ? 'ipv6' : 'ipv4' };
}

const LARGEST_PORT = 65_535;

/** An address in brackets, or an IPv4 address, with or without a port. */
const WRITTEN_WITH_PORT = /^(?:\[([^[\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/;

/**
 * The client's address in the text that a platform reports. Behind a trusted proxy that text comes from
 * `X-Forwarded-For` and may be anything.
 *
 * Removes the port that some proxies write (`192.0.2.1:51514`, `[2001:db8::1]:443`), and the zone of a link-local
 * address (`fe80::1%eth0`): the name of a local network interface says nothing about the client.
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

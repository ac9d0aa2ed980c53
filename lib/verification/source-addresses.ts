import { BlockList, isIP } from 'node:net';
import { CallbackRejection } from './callback-rejection.js';

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
   * @param address as the platform gives it; an IPv4 address may come as IPv6 (`::ffff:192.0.2.1`) and then matches
   *   the IPv4 ranges
   * @throws {CallbackRejection} `address_not_allowed`
   */
  check(address: string | undefined): void {
    const version = isIP(address ?? '');
    if (address !== undefined && version !== 0 && this.allowed.check(address, version === 6 ? 'ipv6' : 'ipv4')) return;
    throw new CallbackRejection(
      'address_not_allowed',
      'the source address is not allowed (allowedAddresses); behind a proxy, is "trust proxy" set?',
    );
  }

  private allow(range: string): void {
    const parsed = parseRange(range);
    if (parsed === undefined) {
      throw new TypeError(`"${range}" is no address and no range: write it as 216.147.0.0/18 or 2001:db8::/32.`);
    }
    this.allowed.addSubnet(parsed.address, parsed.prefix, parsed.type);
  }
}

/** Whether a text is an address or a CIDR range. */
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

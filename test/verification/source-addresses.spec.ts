import { describe, expect, it } from '@jest/globals';
import { isAddressRange, SourceAddresses, VONAGE_CALLBACK_ADDRESSES } from '../../lib/verification/source-addresses.js';

const RANGES: [ranges: string[], inside: string[], outside: string[]][] = [
  [
    [...VONAGE_CALLBACK_ADDRESSES],
    ['216.147.0.0', '216.147.0.1', '216.147.31.7', '216.147.63.255', '::ffff:216.147.63.255', '::ffff:d893:3fff'],
    ['216.146.255.255', '216.147.64.0', '::ffff:216.147.64.0', '127.0.0.1', '::1', '::216.147.0.1', '64:ff9b::d893:1'],
  ],
  [
    ['192.0.2.7'],
    ['192.0.2.7', '::ffff:192.0.2.7', '192.0.2.7:51514', '[::ffff:192.0.2.7]:443'],
    ['192.0.2.6', '192.0.2.8', '192.0.2.8:7', '[::1]:7'],
  ],
  [['192.0.2.7/32'], ['192.0.2.7'], ['192.0.2.6', '192.0.2.8']],
  [['192.0.2.7/31'], ['192.0.2.6', '192.0.2.7'], ['192.0.2.5', '192.0.2.8']],
  [['128.0.0.0/1'], ['128.0.0.0', '255.255.255.255'], ['127.255.255.255']],
  [['0.0.0.0/0'], ['0.0.0.0', '255.255.255.255', '::ffff:1.2.3.4'], ['::1', '2001:db8::1']],
  [['::/0'], ['::', '::1', '2001:db8::1'], []],
  [
    ['::1'],
    ['::1', '0:0:0:0:0:0:0:1', '[::1]', '[::1]:443', '[::1]:65535'],
    // Without brackets the last part is one of the address.
    ['::2', '127.0.0.1', '::1:443', '[::2]:1'],
  ],
  [
    ['2001:db8::/33'],
    ['2001:db8::', '2001:DB8:7fff:ffff:ffff:ffff:ffff:ffff'],
    ['2001:db8:8000::', '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', '32.1.13.184'],
  ],
  [['2001:db8::1/128'], ['2001:db8::1', '2001:db8:0:0::1'], ['2001:db8::', '2001:db8::2']],
  [['fe80::/10'], ['fe80::1', 'fe80::1%eth0', '[fe80::1%eth0]:443'], ['fec0::1', 'fec0::1%eth0']],
  [
    ['192.0.2.0/24', '2001:db8::/32'],
    ['192.0.2.255', '2001:db8::7'],
    ['192.0.3.0', '2001:db9::'],
  ],
];

const NO_ADDRESSES = [
  undefined,
  'nonsense',
  '',
  'unknown',
  'localhost',
  '_hidden',
  '216.147.0',
  '216.147.0.1:',
  '216.147.0.1:65536',
  '216.147.0.1:https',
  '216.147.0.1:443:443',
  '216.147.0.1 ',
  '216.147.0.01',
  '0xd8.147.0.1',
  '3633512449',
  '[216.147.0.1]',
  '[216.147.0.1]:443',
  '[::1',
  '::1]',
  '[[::1]]',
  '[::1]443',
  '[::1]:65536',
  '[]',
  '216.147.0.1%eth0',
  '216.147.0.1, 10.0.0.1',
  '216.147.0.0/18',
];

const INVALID = [
  '',
  'vonage.com',
  '216.147.0.0/',
  '216.147.0.0/33',
  '216.147.0.0/-1',
  '216.147.0.0/+8',
  '216.147.0.0/ 8',
  '216.147.0.0/18 ',
  ' 216.147.0.0/18',
  '216.147.0.0/1e1',
  '216.147.0.0/8x',
  '216.147.0.0/0008',
  '/8',
  '216.147.0.0/0x8',
  '216.147.0.0/8.0',
  '216.147.0.0/255.255.192.0',
  '216.147.0.0/18/18',
  '216.147.0',
  '216.147.0.0-216.147.63.255',
  '216.147.*.*',
  '2001:db8::/129',
  'fe80::1%eth0',
  'fe80::1%eth0/64',
  '[::1]/128',
];

describe('SourceAddresses', () => {
  const check = (ranges: readonly string[], address: string | undefined) => () => {
    new SourceAddresses(ranges).check(address);
  };
  const rejection = (found: string) =>
    expect.objectContaining({
      reason: 'address_not_allowed',
      message: `${found} (allowedAddresses); behind a proxy, is "trust proxy" set?`,
    });

  it.each(RANGES)('%j accepts %j and rejects %j', (ranges, inside, outside) => {
    for (const address of inside) expect(check(ranges, address)).not.toThrow();
    for (const address of outside) {
      expect(check(ranges, address)).toThrow(expect.objectContaining({ reason: 'address_not_allowed' }));
    }
  });

  it('without a range accepts no address', () => {
    expect(check([], '192.0.2.1')).toThrow(rejection('the source address 192.0.2.1 is not allowed'));
  });

  it('reports that the platform names no address', () => {
    expect(check(['0.0.0.0/0'], undefined)).toThrow(rejection('the platform reports no source address'));
    expect(check(['0.0.0.0/0'], 'x')).toThrow(rejection('the platform reports "x", which is not an address'));
  });

  it.each(NO_ADDRESSES)('never accepts %s', (address) => {
    expect(check(['0.0.0.0/0', '::/0'], address)).toThrow(expect.objectContaining({ reason: 'address_not_allowed' }));
  });

  it.each(INVALID)('cannot be made of "%s", and the error says so', (entry) => {
    expect(isAddressRange(entry)).toBe(false);
    expect(() => new SourceAddresses(['192.0.2.1', entry])).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: `"${entry}" is no address and no range: write it as 216.147.0.0/18 or 2001:db8::/32.`,
      }),
    );
  });

  it('are addresses or ranges', () => {
    const ranges = ['192.0.2.1', '192.0.2.0/0', '192.0.2.0/32', '2001:db8::/128', '::1', '10.0.0.0/8'];

    expect(ranges.filter((range) => !isAddressRange(range))).toEqual([]);
  });

  it('of Vonage are those of its announcement, and cannot be changed', () => {
    expect(VONAGE_CALLBACK_ADDRESSES).toEqual(['216.147.0.0/18']);
    expect(() => (VONAGE_CALLBACK_ADDRESSES as string[]).push('0.0.0.0/0')).toThrow(TypeError);
  });
});

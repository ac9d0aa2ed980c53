import { describe, expect, it } from '@jest/globals';
import { VONAGE_CALLBACK_ADDRESSES } from '../../lib/index.js';
import { SourceAddresses } from '../../lib/verification/source-addresses.js';
import { PLATFORMS, startApplication } from '../support/application.js';
import { signed } from '../support/signer.js';
import { behindProxy, useApplication } from '../support/use-application.js';
import { expectAccepted, expectRefused } from '../support/verdict.js';
import { BODY } from './tokens.js';

const VONAGE = [...VONAGE_CALLBACK_ADDRESSES];

const RANGES: [ranges: string[], inside: string[], outside: string[]][] = [
  [
    VONAGE,
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

describe('the addresses', () => {
  describe.each(RANGES)('%j', (ranges, inside, outside) => {
    const addresses = new SourceAddresses(ranges);

    it.each(inside)('hold %s', (address) => {
      expect(() => {
        addresses.check(address);
      }).not.toThrow();
    });

    it.each([...outside, 'nonsense'])('do not hold %s', (address) => {
      expect(() => {
        addresses.check(address);
      }).toThrow(expect.objectContaining({ reason: 'address_not_allowed' }));
    });
  });

  it.each(NO_ADDRESSES)('never hold %s', (address) => {
    expect(() => {
      new SourceAddresses(['0.0.0.0/0', '::/0']).check(address);
    }).toThrow(expect.objectContaining({ reason: 'address_not_allowed' }));
  });

  it.each(INVALID)('cannot be "%s", and the error says which', (entry) => {
    expect(() => new SourceAddresses(['192.0.2.1', entry])).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: expect.stringContaining(`"${entry}" is no address and no range`),
      }),
    );
  });

  it('that cannot be used are an error at start-up', async () => {
    await expect(startApplication({ options: { allowedAddresses: ['216.147.0.0/99'] } })).rejects.toThrow(
      /"allowedAddresses" is .*; "216\.147\.0\.0\/99" is no range/,
    );
  });

  it('published by Vonage cannot be changed by anybody', () => {
    expect(() => (VONAGE_CALLBACK_ADDRESSES as string[]).push('0.0.0.0/0')).toThrow(TypeError);
  });
});

const forwarded = (address: string) => signed(BODY, { headers: { 'x-forwarded-for': address } });

describe.each(PLATFORMS)('behind a proxy that is trusted on %s, a callback', (platform) => {
  const allowedAddresses = [...VONAGE, '2001:db8::/32'];
  const running = useApplication({ ...behindProxy(platform), options: { allowedAddresses } });

  it.each([
    '216.147.0.0',
    '216.147.63.255',
    '2001:db8::1',
    '::ffff:216.147.1.1',
    '216.147.1.1, 10.0.0.1',
    '216.147.3.4:51514',
    '[2001:db8::1]:443',
    '[2001:db8::1]',
  ])('from %s is accepted', async (address) => {
    await expectAccepted(running(), forwarded(address));
  });

  it.each([
    ['216.147.64.0', '216.147.64.0'],
    ['127.0.0.1', '127.0.0.1'],
    ['2001:db9::1', '2001:db9::1'],
    ['::ffff:216.147.64.0', '::ffff:216.147.64.0'],
    ['10.0.0.1, 216.147.1.1', '10.0.0.1'],
    ['10.0.0.3:51514', '10.0.0.3'],
    ['[2001:db9::1]:443', '2001:db9::1'],
  ])('from %s is refused, and the operator learns the address', async (header, address) => {
    await expectRefused(running(), forwarded(header), 'address_not_allowed');
    expect(running().observed.outcomes.rejected.at(-1)).toMatchObject({
      address,
      explanation: expect.stringContaining(`the source address ${address} is not allowed`),
    });
  });

  it.each([
    ['a word', 'unheard-of', '"unheard-of"'],
    ['an obfuscated name', '_proxy', '"_proxy"'],
    ['a port that is none', '216.147.1.1:https', '"216.147.1.1:https"'],
    ['quotes', '"216.147.1.1"', '"\\"216.147.1.1\\""'],
    ['a control character', '\u009b31m216.147.1.1', '"\\u009b31m216.147.1.1"'],
    ['a long text', 'x'.repeat(5000), `"${'x'.repeat(64)}…"`],
    ['markup', '<script>alert(1)</script>', '"<script>alert(1)</script>"'],
  ])('from %s in place of an address is refused, and the explanation quotes it', async (_, header, quoted) => {
    await expectRefused(running(), forwarded(header), 'address_not_allowed');
    expect(running().observed.outcomes.rejected.at(-1)).toMatchObject({
      address: undefined,
      explanation: expect.stringContaining(`the platform reports ${quoted}, which is not an address`),
    });
  });

  it('without the header is refused by the address of the proxy', async () => {
    await expectRefused(running(), signed(BODY), 'address_not_allowed');
    expect(running().observed.outcomes.rejected.at(-1)?.address).toBe('127.0.0.1');
  });

  it('from an allowed address is still refused without a good token', () =>
    expectRefused(
      running(),
      signed(BODY, { secret: 'another', headers: { 'x-forwarded-for': '216.147.1.1' } }),
      'signature_mismatch',
    ));

  it('from an address with an endless zone is refused without the zone', async () => {
    await expectRefused(running(), forwarded(`fe80::1%${'a'.repeat(10_000)}`), 'address_not_allowed');
    expect(running().observed.outcomes.rejected.at(-1)).toMatchObject({
      address: 'fe80::1',
      explanation: expect.stringContaining('the source address fe80::1 is not allowed'),
    });
  });
});

describe.each(PLATFORMS)('without a proxy that is trusted on %s, a callback', (platform) => {
  describe('from outside the range', () => {
    const running = useApplication({ platform, options: { allowedAddresses: VONAGE } });

    it.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip'])(
      'is refused whatever %s says',
      (name) => expectRefused(running(), signed(BODY, { headers: { [name]: '216.147.1.1' } }), 'address_not_allowed'),
    );
  });

  describe('from inside the range', () => {
    const running = useApplication({ platform, options: { allowedAddresses: ['127.0.0.0/8'] } });

    it('is accepted whatever X-Forwarded-For says', async () => {
      await expectAccepted(running(), forwarded('192.0.2.1'));
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import { endpointUrl } from '../../lib/cli/send/endpoint.js';

/** Whether an address needs no confirmation, as the URL parser reads it. */
function isOwn(address: string): boolean {
  try {
    endpointUrl(address, 'archive', {});
    return true;
  } catch {
    return false;
  }
}

describe('an address that needs no confirmation', () => {
  it.each([
    ['loopback', ['127.0.0.1', '127.255.255.255', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]']],
    ['loopback in other spellings', ['127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1.', '１２７.0.0.1']],
    ['every address of this machine', ['0.0.0.0', '0', '[::]']],
    ['private IPv4', ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255']],
    ['private IPv4 in other spellings', ['0xa000001', '192.168.1', '3232235777', '[::ffff:10.0.0.1]']],
    ['private IPv6', ['[fc00::]', '[fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]', '[fd12:3456:789a::1]']],
    ['names of this machine', ['localhost', 'LOCALHOST', 'localhost.', 'app.localhost', 'app.localhost.']],
    ['names of the local network', ['printer.local', 'Printer.LOCAL', 'a.b.local.']],
  ])('is one of %s', (_, hosts) => {
    expect(hosts.filter((host) => !isOwn(`http://${host}:3000/video`))).toEqual([]);
  });

  it.each([
    ['link-local IPv4, where clouds answer with credentials', ['169.254.169.254', '169.254.0.0', '169.254.255.255']],
    [
      'the same in other spellings',
      ['2852039166', '0xa9fea9fe', '0251.254.169.254', '169.254.43518', '169.254.169.254.'],
    ],
    [
      'the same within IPv6',
      ['[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[::169.254.169.254]', '[64:ff9b::a9fe:a9fe]'],
    ],
    ['link-local IPv6', ['[fe80::]', '[fe80::1]', '[febf:ffff::1]', '[fec0::1]']],
    ['metadata services within private IPv6', ['[fd00:ec2::254]', '[fd20:ce::254]']],
    [
      'beside a private range',
      ['9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0'],
    ],
    ['beside loopback', ['126.255.255.255', '128.0.0.0', '0.0.0.1', '[::2]', '[::127.0.0.1]', '[::ffff:0:7f00:1]']],
    [
      'shared or public',
      ['100.64.0.1', '100.100.100.200', '192.0.0.192', '8.8.8.8', '[2001:db8::1]', '[2002:7f00:1::]'],
    ],
    [
      'names that look like its own',
      ['localhost.example', 'mylocalhost', 'local', 'x-local', 'local.example', 'localhost..'],
    ],
    ['names of metadata services', ['metadata.google.internal', 'instance-data.ec2.internal']],
    ['public behind a user name', ['localhost@example.org', '127.0.0.1@example.org', '10.0.0.1%2F@example.org']],
  ])('is not %s', (_, hosts) => {
    expect(hosts.filter((host) => isOwn(`http://${host}:3000/video`))).toEqual([]);
  });
});

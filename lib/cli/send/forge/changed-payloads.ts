import { createHash } from 'node:crypto';
import { type SignedCallback } from '../../../testing/index.js';
import { type HostileRequest } from './hostile-request.js';

/** Requests with a genuine token and another body, or without a hash of the body. */
export const CHANGED_PAYLOADS: readonly HostileRequest[] = [
  {
    id: 'payload_changed',
    title: 'a genuine token, one byte of the body changed',
    fault: 'payload_not_verified',
    make: ({ forger }) => withChangedBody(forger.sign(), (body) => oneByteChanged(body)),
  },
  {
    id: 'payload_replaced',
    title: 'an accepted token again, with another body',
    fault: 'payload_not_verified',
    make: ({ forger, accepted }) => ({ ...accepted, body: forger.sign().body }),
  },
  {
    id: 'payload_extended',
    title: 'a genuine token, a field added to the body',
    fault: 'payload_not_verified',
    make: ({ forger }) => withChangedBody(forger.sign(), (body) => body.replace(/}$/, ',"added":true}')),
  },
  {
    id: 'payload_emptied',
    title: 'a genuine token, an empty object as body',
    fault: 'payload_not_verified',
    make: ({ forger }) => withChangedBody(forger.sign(), () => '{}'),
  },
  {
    id: 'hash_of_nothing',
    title: 'a token whose payload_hash is that of an empty body',
    fault: 'payload_not_verified',
    make: ({ forger }) => forger.sign({ claims: { payload_hash: createHash('sha256').digest('hex') } }),
  },
  ...[
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['true', true],
  ].map(([name, value]): HostileRequest => ({
    id: `hash_${String(name)}`,
    title: `a token whose payload_hash is ${String(name)}`,
    fault: 'payload_hash_optional',
    make: ({ forger }) => forger.sign({ claims: { payload_hash: value } }),
  })),
  {
    id: 'payload_reprinted',
    title: 'a genuine token, the body indented',
    fault: 'body_reprinted',
    make: ({ forger }) => withChangedBody(forger.sign(), (body) => JSON.stringify(JSON.parse(body), null, 2)),
  },
  ...[
    ['not_json', 'that is no JSON', '{"id":'],
    ['null', 'that is null', 'null'],
    ['list', 'that is a list', '[]'],
  ].map(([id = '', title = '', body = '']): HostileRequest => ({
    id: `body_${id}`,
    title: `a genuine token for a body ${title}`,
    fault: 'body_not_checked',
    make: ({ forger }) => forger.sign({ body }),
  })),
];

function withChangedBody(callback: SignedCallback, change: (body: string) => string): SignedCallback {
  return { ...callback, body: Buffer.from(change(callback.body.toString())) };
}

/** The first digit becomes another one, which leaves the body readable. */
function oneByteChanged(body: string): string {
  return body.replace(/\d/, (digit) => String((Number(digit) + 1) % 10));
}

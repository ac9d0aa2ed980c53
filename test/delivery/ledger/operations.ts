import { expect } from '@jest/globals';
import { type CallbackLedger } from '../../../lib/delivery/ledger/callback-ledger.js';

/** Expects each operation of a ledger to work once, as a client library hands it on. */
export async function expectOperations(ledger: CallbackLedger): Promise<void> {
  expect([await ledger.claim('a', 'me'), await ledger.claim('a', 'you')]).toEqual(['claimed', 'in-progress']);
  expect([await ledger.renew('a', 'me'), await ledger.renew('a', 'you')]).toEqual([true, false]);
  await ledger.release('a', 'me');
  expect(await ledger.claim('a', 'you')).toBe('claimed');
  await ledger.complete('a');
  expect(await ledger.claim('a', 'me')).toBe('completed');
}

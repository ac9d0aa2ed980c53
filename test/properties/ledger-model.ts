import { expect } from '@jest/globals';
import fc from 'fast-check';
import { type CallbackLedger, type ClaimState } from '../../lib/index.js';

/** What a ledger promises, as simple as it can be said. */
export class LedgerModel {
  /** Seconds since the run began. */
  now = 0;
  private readonly holders = new Map<string, string>();
  private readonly completedUntil = new Map<string, number>();

  constructor(private readonly retention: number) {}

  claim(id: string, holder: string): ClaimState {
    if ((this.completedUntil.get(id) ?? 0) > this.now) return 'completed';
    const current = this.holders.get(id) ?? holder;
    if (current !== holder) return 'in-progress';
    this.holders.set(id, holder);
    return 'claimed';
  }

  renew(id: string, holder: string): boolean {
    return this.holders.get(id) === holder;
  }

  complete(id: string): void {
    this.holders.delete(id);
    this.completedUntil.set(id, this.now + this.retention);
  }

  release(id: string, holder: string): void {
    if (this.renew(id, holder)) this.holders.delete(id);
  }
}

/** A ledger under test, and how its clock is set forward. */
interface RealLedger {
  readonly ledger: CallbackLedger;
  readonly forward?: (seconds: number) => void;
}

type Command = fc.AsyncCommand<LedgerModel, RealLedger>;

const command = (name: string, run: (model: LedgerModel, real: RealLedger) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const id = fc.constantFrom('archive-1', 'archive-2', 'ARCHIVE-1', '__proto__');
const holder = fc.constantFrom('a', 'b', 'c');

const claim = fc.tuple(id, holder).map(([of, by]) =>
  command(`claim ${of} for ${by}`, async (model, { ledger }) => {
    expect(await ledger.claim(of, by)).toBe(model.claim(of, by));
  }),
);

const renew = fc.tuple(id, holder).map(([of, by]) =>
  command(`renew ${of} for ${by}`, async (model, { ledger }) => {
    expect(await ledger.renew(of, by)).toBe(model.renew(of, by));
  }),
);

const release = fc.tuple(id, holder).map(([of, by]) =>
  command(`release ${of} by ${by}`, async (model, { ledger }) => {
    await ledger.release(of, by);
    model.release(of, by);
  }),
);

const complete = id.map((of) =>
  command(`complete ${of}`, async (model, { ledger }) => {
    await ledger.complete(of);
    model.complete(of);
  }),
);

const forward = fc.integer({ min: 1, max: 8 }).map((seconds) =>
  command(`${seconds} s pass`, (model, real) => {
    real.forward?.(seconds);
    model.now += seconds;
    return Promise.resolve();
  }),
);

/** Any operations of several holders, and time that passes if the clock can be moved. */
export const ledgerCommands = ({ movesClock }: { movesClock: boolean }): fc.Arbitrary<Iterable<Command>> =>
  fc.commands([claim, claim, renew, release, complete, ...(movesClock ? [forward] : [])], { maxCommands: 60 });

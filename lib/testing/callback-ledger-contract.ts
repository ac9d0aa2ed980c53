import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Awaitable } from '../verification/signature-key.js';

/** A case of a contract, for any test runner: `it(name, run)`. It fails by throwing. */
export interface ContractCase {
  /** What the case checks, as a title for the test. */
  readonly name: string;
  /** Runs the case; rejects if it fails. */
  readonly run: () => Promise<void>;
}

/** @throws {Error} if the two are not the same */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

/** The operations of a `CallbackLedger`, as the contract uses them. */
export interface LedgerUnderContract {
  /** See `CallbackLedger.claim`. */
  claim(id: string, holder: string): Awaitable<'claimed' | 'completed' | 'in-progress'>;
  /** See `CallbackLedger.renew`. */
  renew(id: string, holder: string): Awaitable<boolean>;
  /** See `CallbackLedger.complete`. */
  complete(id: string): Awaitable<void>;
  /** See `CallbackLedger.release`. */
  release(id: string, holder: string): Awaitable<void>;
}

/** Creates a ledger with the given times, in seconds, on a store that the cases may share. */
export type CreateLedger = (times: { retention: number; lease: number }) => Awaitable<LedgerUnderContract>;

/** Additional guarantees of a ledger. */
export interface LedgerContractOptions {
  /** Whether several ledgers of one `create` share their content, as in a database. Default `false`. */
  readonly concurrent?: boolean | undefined;
}

/**
 * The cases that every `CallbackLedger` must pass, for any test runner.
 *
 * @example
 * for (const { name, run } of callbackLedgerContract((times) => new MyLedger(times), { concurrent: true })) it(name,
 * run);
 */
export function callbackLedgerContract(
  create: CreateLedger,
  { concurrent = false }: LedgerContractOptions = {},
): readonly ContractCase[] {
  const withLedger = (name: string, run: (ledger: LedgerUnderContract, id: string) => Promise<void>, times = LONG) => ({
    name,
    run: async () => run(await create(times), `session-${randomUUID()}`),
  });
  const cases = [
    withLedger('grants the first claim, and answers "in progress" to another holder', async (ledger, id) => {
      expectSame(await ledger.claim(id, 'a'), 'claimed', 'first claim');
      expectSame(await ledger.claim(id, 'b'), 'in-progress', 'claim of another holder');
    }),
    withLedger('grants a claim again to its holder', async (ledger, id) => {
      await ledger.claim(id, 'a');
      expectSame(await ledger.claim(id, 'a'), 'claimed', 'second claim of the holder');
    }),
    withLedger(
      'grants no claim of a completed callback, not even to the holder that completed it',
      async (ledger, id) => {
        await ledger.claim(id, 'a');
        await ledger.complete(id);
        expectSame(await ledger.claim(id, 'a'), 'completed', 'claim of the former holder');
        expectSame(await ledger.claim(id, 'b'), 'completed', 'claim of another holder');
      },
    ),
    withLedger('grants a released callback to another holder', async (ledger, id) => {
      await ledger.claim(id, 'a');
      await ledger.release(id, 'a');
      expectSame(await ledger.claim(id, 'b'), 'claimed', 'claim after release');
    }),
    withLedger('lets only the holder release and renew a claim', async (ledger, id) => {
      await ledger.claim(id, 'a');
      await ledger.release(id, 'b');
      expectSame(await ledger.claim(id, 'b'), 'in-progress', "claim after another's release");
      expectSame(await ledger.renew(id, 'b'), false, 'renewal by another');
      expectSame(await ledger.renew(id, 'a'), true, 'renewal by the holder');
    }),
    withLedger('accepts a completion from any holder, and keeps it after a release', async (ledger, id) => {
      await ledger.complete(id);
      expectSame(await ledger.claim(id, 'a'), 'completed', 'claim after a completion without a claim');
      await ledger.release(id, 'a');
      expectSame(await ledger.renew(id, 'a'), false, 'renewal of a completed callback');
      expectSame(await ledger.claim(id, 'a'), 'completed', 'claim after the release of a completed callback');
    }),
    withLedger('treats each id separately, also in other letters', async (ledger, id) => {
      await ledger.complete(id);
      expectSame(await ledger.claim(`${id}x`, 'a'), 'claimed', 'claim of another callback');
      expectSame(await ledger.claim(id.toUpperCase(), 'a'), 'claimed', 'claim of an id in other letters');
    }),
    withLedger('grants exactly one of many simultaneous claims', async (ledger, id) => {
      const states = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => ledger.claim(id, `holder-${index}`)),
      );
      expectSame(states.filter((state) => state === 'claimed').length, 1, 'number of granted claims');
      expectSame(states.filter((state) => state === 'in-progress').length, 49, 'number of refused claims');
    }),
    withLedger(
      'remembers a completed callback for the retention, and no longer',
      async (ledger, id) => {
        await ledger.complete(id);
        await wait(500);
        expectSame(await ledger.claim(id, 'a'), 'completed', 'claim within the retention');
        await wait(4000);
        expectSame(await ledger.claim(id, 'a'), 'claimed', 'claim after the retention');
      },
      { retention: 2, lease: 30 },
    ),
  ];
  return concurrent ? [...cases, ...sharedCases(create)] : cases;
}

const LONG = { retention: 60, lease: 60 };

/** Cases for ledgers that share their content, so that claims outlive a process. */
function sharedCases(create: CreateLedger): readonly ContractCase[] {
  return [
    {
      name: 'grants exactly one of many simultaneous claims through different ledgers',
      run: async () => {
        const id = `session-${randomUUID()}`;
        const ledgers = await Promise.all(Array.from({ length: 8 }, async () => create(LONG)));
        const states = await Promise.all(ledgers.map(async (ledger, index) => ledger.claim(id, `holder-${index}`)));
        expectSame(states.filter((state) => state === 'claimed').length, 1, 'number of granted claims');
      },
    },
    {
      name: 'knows what another ledger completed',
      run: async () => {
        const id = `session-${randomUUID()}`;
        const [one, other] = [await create(LONG), await create(LONG)];
        await one.claim(id, 'a');
        await one.complete(id);
        expectSame(await other.claim(id, 'b'), 'completed', 'claim through the other ledger');
      },
    },
    {
      name: 'starts a new lease when the holder claims again',
      run: async () => {
        const id = `session-${randomUUID()}`;
        const ledger = await create({ retention: 60, lease: 0.6 });
        // Not a third time: then the first lease would be over, and the claim would be a new one.
        for (let count = 0; count < 2; count += 1) {
          expectSame(await ledger.claim(id, 'a'), 'claimed', 'claim of the holder');
          await wait(400);
        }
        expectSame(await ledger.claim(id, 'b'), 'in-progress', 'claim of another holder');
      },
    },
    {
      name: 'ends a claim with its lease, unless the claim is renewed',
      run: async () => {
        const [renewed, dead] = [`session-${randomUUID()}`, `session-${randomUUID()}`];
        const ledger = await create({ retention: 60, lease: 0.6 });
        await ledger.claim(renewed, 'a');
        await ledger.claim(dead, 'a');
        for (let count = 0; count < 4; count += 1) {
          await wait(250);
          expectSame(await ledger.renew(renewed, 'a'), true, 'renewal');
        }
        expectSame(await ledger.claim(renewed, 'b'), 'in-progress', 'claim of a renewed callback');
        expectSame(await ledger.renew(dead, 'a'), false, 'renewal after the lease');
        expectSame(await ledger.claim(dead, 'b'), 'claimed', 'claim after the lease');
      },
    },
  ];
}

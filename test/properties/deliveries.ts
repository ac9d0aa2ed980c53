import fc from 'fast-check';
import { type HeldClaim } from '../../lib/delivery/ledger/claim-waiter.js';
import { DeliveryClaims } from '../../lib/delivery/ledger/delivery-claims.js';
import { probeStorage } from '../../lib/delivery/delivery-health.js';
import { StoreAvailability } from '../../lib/delivery/store/store-availability.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { type Pace, play } from './play.js';
import { ScheduledLedger } from './scheduled-ledger.js';

const ID = 'archive-1';

/** A copy of one callback. */
interface Copy {
  /** The process that it comes to. */
  readonly process: number;
  /** Whether its sender hangs up at some time. */
  readonly hangsUp: boolean;
}

/** What becomes of copies of a callback, except for how fast everything is. */
export interface Story {
  readonly copies: readonly Copy[];
  /** Whether the method succeeds, by how often it was called before. */
  readonly successes: readonly boolean[];
  readonly pace: Pace;
}

type Ending = 'handled' | 'failed' | 'completed' | 'timed-out' | 'abandoned';

/** What happened. */
export interface Outcome {
  readonly endings: readonly Ending[];
  /** How often the method was called. */
  readonly calls: number;
  /** The most calls that were under way at once, in all processes together and in a single one. */
  readonly atOnce: { readonly overall: number; readonly inOneProcess: number };
  /** How many calls began after one had succeeded. */
  readonly callsAfterSuccess: number;
  /** How many copies were answered as duplicates before a call had succeeded. */
  readonly prematureDuplicates: number;
  /** What the next copy would get for an answer. */
  readonly left: ReturnType<ScheduledLedger['peek']>;
}

export const story = fc.record<Story>({
  copies: fc.array(fc.record({ process: fc.nat(1), hangsUp: fc.boolean() }), { minLength: 1, maxLength: 5 }),
  successes: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  pace: fc.record({
    scheduler: fc.scheduler(),
    passes: fc.infiniteStream(fc.nat(4).map((n) => n === 0)),
  }),
});

/** How long is waited for the ledger, and for a copy that is being handled, in ms. */
interface Limits {
  readonly storageTimeout: number;
  readonly duplicateTimeout: number;
}

function claimsOf(ledger: ScheduledLedger, { storageTimeout, duplicateTimeout }: Limits): DeliveryClaims {
  const probe = (): Promise<void> => probeStorage({ ledger });
  const settings = { dependency: 'ledger', policy: 'handle', storageTimeoutMs: storageTimeout, probe } as const;
  return new DeliveryClaims(ledger, new StoreAvailability(settings, new CallbackTelemetry()), duplicateTimeout);
}

/** Delivers the copies to processes that share one ledger, as LedgerDelivery does. */
export async function deliver({ copies, successes, pace }: Story, limits: Limits): Promise<Outcome> {
  const { scheduler } = pace;
  const ledger = new ScheduledLedger(scheduler);
  const processes = [claimsOf(ledger, limits), claimsOf(ledger, limits)] as const;
  const underWay = [0, 0];
  const atOnce = { overall: 0, inOneProcess: 0 };
  let [calls, callsAfterSuccess, prematureDuplicates, hasSucceeded] = [0, 0, 0, false];

  const callMethod = async (process: number): Promise<boolean> => {
    const succeeds = successes[calls] ?? true;
    calls += 1;
    if (hasSucceeded) callsAfterSuccess += 1;
    underWay[process] = (underWay[process] ?? 0) + 1;
    atOnce.inOneProcess = Math.max(atOnce.inOneProcess, ...underWay);
    atOnce.overall = Math.max(
      atOnce.overall,
      underWay.reduce((sum, count) => sum + count),
    );
    await scheduler.schedule(Promise.resolve(), `end of call ${calls}`);
    underWay[process] -= 1;
    hasSucceeded ||= succeeds;
    return succeeds;
  };

  const handle = async (process: number, claim: HeldClaim): Promise<Ending> => {
    const isHandled = await callMethod(process);
    const ignore = (): void => undefined;
    if (isHandled) claim.complete(ignore);
    else claim.release(ignore);
    return isHandled ? 'handled' : 'failed';
  };

  const deliverCopy = async ({ process, hangsUp }: Copy, nth: number): Promise<Ending> => {
    const sender = new AbortController();
    const claims = processes[process === 0 ? 0 : 1];
    await scheduler.schedule(Promise.resolve(), `copy ${nth} comes to process ${process}`);
    if (hangsUp) {
      void scheduler.schedule(Promise.resolve(), `the sender of copy ${nth} hangs up`).then(() => {
        sender.abort();
      });
    }
    const signal = (): AbortSignal => sender.signal;
    const claimed = async () => claims.claim(ID, signal);
    const claim = await claimed().catch(() => claims.holdWithoutLedger(ID, signal));
    if (claim === 'completed' && !hasSucceeded) prematureDuplicates += 1;
    return typeof claim === 'string' ? claim : handle(process, claim);
  };

  const endings = await play(copies.map(deliverCopy), pace);
  return { endings, calls, atOnce, callsAfterSuccess, prematureDuplicates, left: ledger.peek(ID) };
}

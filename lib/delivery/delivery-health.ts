import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { type CallbackOutcomeName } from '../telemetry/callback-outcome.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { type InboxCounts } from '../telemetry/inbox-counts.js';
import { type RejectionReason } from '../verification/callback-rejection.js';
import { type CallbackInbox } from './inbox/callback-inbox.js';
import { type CallbackLedger, MemoryCallbackLedger } from './ledger/callback-ledger.js';
import { StoreAvailability, type UnavailablePolicy } from './store/store-availability.js';

/** Where callbacks are remembered: nowhere, in this process, in a shared ledger, or in an inbox. */
type CallbackStorage = 'none' | 'memory' | 'ledger' | 'inbox';

/** The result of {@link DeliveryHealth.check}. */
export interface DeliveryHealthReport {
  readonly storage: CallbackStorage;
  /** Whether callbacks can be remembered now. Always `true` without a ledger and with a ledger in memory. */
  readonly isAvailable: boolean;
  /** What happens to callbacks while they cannot be remembered. */
  readonly unavailable: UnavailablePolicy;
  /** The counts of the inbox, if there is one and it answered. */
  readonly inbox: InboxCounts | undefined;
  /** The number of callbacks by outcome since this process started. */
  readonly outcomes: Readonly<Record<CallbackOutcomeName, number>>;
  /** The number of refused requests by reason. */
  readonly refusals: Readonly<Partial<Record<RejectionReason, number>>>;
}

/** The options that decide where callbacks are remembered. */
export interface StorageOptions {
  readonly inbox?: CallbackInbox | undefined;
  readonly ledger?: CallbackLedger | false | undefined;
}

/** Injection token of {@link StorageOptions}. */
export const STORAGE_OPTIONS = Symbol('VideoCallbacksModule: storage options');

interface StoreAnswer {
  readonly hasAnswered: boolean;
  readonly inbox: InboxCounts | undefined;
}

/** An id that no callback has: those begin with their kind. */
const NOBODY = 'health-check';

/** How long an answer of the store is reused, in ms. */
const REMEMBERED_MS = 1000;

/** Reports the state of the delivery, for health checks of the application. */
@Injectable()
export class DeliveryHealth {
  private readonly storage: CallbackStorage;
  private latest: Promise<StoreAnswer> | undefined;
  /** A value of `performance.now()`; infinite while waiting for the answer. */
  private freshUntil = -Infinity;

  constructor(
    @Inject(STORAGE_OPTIONS) private readonly options: StorageOptions,
    private readonly store: StoreAvailability,
    private readonly telemetry: CallbackTelemetry,
  ) {
    this.storage = storageOf(options);
  }

  /**
   * Asks the ledger or the inbox whether it is available, for at most `storageTimeout` and at most once a second. A
   * store that answers but accepts no callbacks, such as a full Redis, counts as unavailable for 10 s after each
   * callback.
   *
   * Never rejects.
   */
  async check(): Promise<DeliveryHealthReport> {
    const { hasAnswered, inbox } = await this.askedLately();
    const { counts } = this.telemetry;
    return {
      storage: this.storage,
      isAvailable: hasAnswered && this.store.isHealthy,
      unavailable: this.store.policy,
      inbox,
      outcomes: { ...counts.byOutcome },
      refusals: { ...counts.byReason },
    };
  }

  /** The current answer, or that of the last second, because a health endpoint may be public. */
  private askedLately(): Promise<StoreAnswer> {
    if (this.latest === undefined || performance.now() >= this.freshUntil) {
      this.freshUntil = Infinity;
      this.latest = this.ask().finally(() => {
        this.freshUntil = performance.now() + REMEMBERED_MS;
      });
    }
    return this.latest;
  }

  private async ask(): Promise<StoreAnswer> {
    const { inbox, ledger } = this.options;
    try {
      if (inbox !== undefined) {
        const { waiting, dead } = await this.store.look(() => inbox.counts());
        return { hasAnswered: true, inbox: { waiting, dead } };
      }
      // Nobody holds this claim, so every ledger can answer without changing anything.
      if (ledger) await this.store.look(() => ledger.renew(NOBODY, NOBODY));
      return { hasAnswered: true, inbox: undefined };
    } catch {
      return { hasAnswered: false, inbox: undefined };
    }
  }
}

/** Makes a request to the ledger or the inbox that shows, as far as possible, whether it accepts callbacks. */
export async function probeStorage({ inbox, ledger }: StorageOptions): Promise<void> {
  if (inbox !== undefined) {
    await inbox.counts();
    return;
  }
  if (!ledger) return;
  const holder = randomUUID();
  if ((await ledger.claim(NOBODY, holder)) !== 'claimed') return;
  // Not awaited: the claim ends with its lease anyway.
  void Promise.resolve(ledger.release(NOBODY, holder)).catch(() => undefined);
}

function storageOf({ inbox, ledger }: StorageOptions): CallbackStorage {
  if (inbox !== undefined) return 'inbox';
  if (ledger === false) return 'none';
  return ledger === undefined || ledger instanceof MemoryCallbackLedger ? 'memory' : 'ledger';
}

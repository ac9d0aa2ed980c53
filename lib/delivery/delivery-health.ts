import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { type CallbackOutcomeName } from '../telemetry/callback-outcome.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { type InboxCounts } from '../telemetry/inbox-counts.js';
import { type RejectionReason } from '../verification/callback-rejection.js';
import { type CallbackInbox } from './inbox/callback-inbox.js';
import { type CallbackLedger, MemoryCallbackLedger } from './ledger/callback-ledger.js';
import { StoreAvailability, type UnavailablePolicy } from './store/store-availability.js';

/** Where callbacks are remembered: nowhere, in this process, in a ledger of several processes, in an inbox. */
type CallbackStorage = 'none' | 'memory' | 'ledger' | 'inbox';

/** What {@link DeliveryHealth.check} found. */
export interface DeliveryHealthReport {
  readonly storage: CallbackStorage;
  /** Whether callbacks are remembered at present. What is in memory is always there, and so is nothing at all. */
  readonly isAvailable: boolean;
  /** What is done with callbacks while they cannot be remembered. */
  readonly unavailable: UnavailablePolicy;
  /** How full the inbox is, if there is one and it answered. */
  readonly inbox: InboxCounts | undefined;
  /** How many callbacks ended in which way since this process started. */
  readonly outcomes: Readonly<Record<CallbackOutcomeName, number>>;
  /** How many of them were refused, by reason. */
  readonly refusals: Readonly<Partial<Record<RejectionReason, number>>>;
}

/** The options that say where callbacks are remembered. */
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

/** The id of no callback, which are all named after their kind. */
const NOBODY = 'health-check';

/** How long an answer of the store is used, in ms. */
const REMEMBERED_MS = 1000;

/** Says how the delivery of callbacks is, for checks of an application's health. */
@Injectable()
export class DeliveryHealth {
  private readonly storage: CallbackStorage;
  private latest: Promise<StoreAnswer> | undefined;
  /** By the clock of `performance.now()`; infinite while the answer is being waited for. */
  private freshUntil = -Infinity;

  constructor(
    @Inject(STORAGE_OPTIONS) private readonly options: StorageOptions,
    private readonly store: StoreAvailability,
    private readonly telemetry: CallbackTelemetry,
  ) {
    this.storage = storageOf(options);
  }

  /**
   * Asks the ledger or the inbox, for at most `storageTimeout`, whether it is available; at most once a second. A
   * store that answers but takes no callbacks, as a full Redis, counts as unavailable for 10 s after each callback.
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

  /** The answer of now, or that of the last second: an endpoint of a health check may be public. */
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
      // It is held by none, which every ledger can answer without changing anything.
      if (ledger) await this.store.look(() => ledger.renew(NOBODY, NOBODY));
      return { hasAnswered: true, inbox: undefined };
    } catch {
      return { hasAnswered: false, inbox: undefined };
    }
  }
}

/** Asks the ledger or the inbox for something that shows whether it takes callbacks, as far as that can be shown. */
export async function probeStorage({ inbox, ledger }: StorageOptions): Promise<void> {
  if (inbox !== undefined) {
    await inbox.counts();
    return;
  }
  if (!ledger) return;
  const holder = randomUUID();
  if ((await ledger.claim(NOBODY, holder)) !== 'claimed') return;
  // Not awaited: the claim ends with its lease in any case.
  void Promise.resolve(ledger.release(NOBODY, holder)).catch(() => undefined);
}

function storageOf({ inbox, ledger }: StorageOptions): CallbackStorage {
  if (inbox !== undefined) return 'inbox';
  if (ledger === false) return 'none';
  return ledger === undefined || ledger instanceof MemoryCallbackLedger ? 'memory' : 'ledger';
}

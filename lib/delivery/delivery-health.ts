import { type CallbackOutcomeName } from '../telemetry/callback-outcome.js';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { type InboxCounts } from '../telemetry/inbox-counts.js';
import { type RejectionReason } from '../verification/rejection-reason.js';
import { type CallbackInbox } from './callback-inbox.js';
import { type CallbackLedger } from './callback-ledger.js';
import { MemoryCallbackLedger } from './memory-callback-ledger.js';
import { SharedProbe } from './shared-probe.js';
import { type StoragePolicy, type UnavailablePolicy } from './storage-policy.js';
import { withinTime } from './time-limit.js';

/** Where callbacks are remembered: nowhere, in this process, in a ledger of several processes, in an inbox. */
export type CallbackStorage = 'none' | 'memory' | 'ledger' | 'inbox';

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
  readonly inbox?: CallbackInbox;
  readonly ledger?: CallbackLedger | false;
  /** How long the ledger or the inbox may take, in seconds. */
  readonly storageTimeout: number;
}

/** The id of no callback, which are all named after their kind. */
const NOBODY = 'health-check';

interface StorageAnswer {
  readonly hasAnswered: boolean;
  readonly inbox: InboxCounts | undefined;
}

/** Tells how the delivery of callbacks is, for checks of an application's health. */
export class DeliveryHealth {
  private readonly storage: CallbackStorage;
  private readonly probe: SharedProbe<StorageAnswer>;

  constructor(
    options: StorageOptions,
    private readonly policy: StoragePolicy,
    private readonly telemetry: CallbackTelemetry,
  ) {
    this.storage = storageOf(options);
    this.probe = new SharedProbe(() => askStorage(options));
  }

  /**
   * Asks the ledger or the inbox, for at most `storageTimeout`, whether it is there; at most once a second, however
   * often it is called. A store that answers but takes no callbacks, as a full Redis, is away for 10 s after each.
   *
   * Never rejects.
   */
  async check(): Promise<DeliveryHealthReport> {
    const { hasAnswered, inbox } = await this.probe.answer();
    const { counts } = this.telemetry;
    return {
      storage: this.storage,
      isAvailable: hasAnswered && !this.policy.hasJustMissed,
      unavailable: this.policy.policy,
      inbox,
      outcomes: { ...counts.byOutcome },
      refusals: { ...counts.byReason },
    };
  }
}

function storageOf({ inbox, ledger }: StorageOptions): CallbackStorage {
  if (inbox !== undefined) return 'inbox';
  if (ledger === false) return 'none';
  return ledger === undefined || ledger instanceof MemoryCallbackLedger ? 'memory' : 'ledger';
}

async function askStorage({ inbox, ledger, storageTimeout }: StorageOptions): Promise<StorageAnswer> {
  try {
    if (inbox !== undefined) {
      const { waiting, dead } = await withinTime(storageTimeout * 1000, () => inbox.counts());
      return { hasAnswered: true, inbox: { waiting, dead } };
    }
    // Nobody holds it, which every ledger can tell without changing anything.
    if (ledger) await withinTime(storageTimeout * 1000, () => ledger.renew(NOBODY, NOBODY));
    return { hasAnswered: true, inbox: undefined };
  } catch {
    return { hasAnswered: false, inbox: undefined };
  }
}

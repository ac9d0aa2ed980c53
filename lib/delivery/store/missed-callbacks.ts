import { type StorageDependency } from '../../telemetry/callback-outcome.js';
import { type CallbackReport } from '../../telemetry/callback-report.js';
import { type CallbackTelemetry } from '../../telemetry/callback-telemetry.js';

/** What is done with a callback while the ledger or the inbox is unavailable. */
export type UnavailablePolicy = 'handle' | 'reject';

/** For how long a missed callback is recent, in ms. */
const RECENT_MS = 10_000;

/** Counts and reports the callbacks that a store does not know of. */
export class MissedCallbacks {
  private count = 0;
  /** By the clock of `performance.now()`. */
  private latestAt = -Infinity;

  constructor(
    private readonly store: { readonly dependency: StorageDependency; readonly policy: UnavailablePolicy },
    private readonly telemetry: CallbackTelemetry,
  ) {}

  /** Whether the store missed the latest callback, less than 10 s ago. */
  get isRecent(): boolean {
    return this.count > 0 && performance.now() - this.latestAt < RECENT_MS;
  }

  add(report: CallbackReport, error: unknown): void {
    this.count += 1;
    this.latestAt = performance.now();
    const { dependency, policy } = this.store;
    report.unavailable({ dependency, error, policy });
  }

  /** The store is back, which is reported if it missed any callback. */
  end(): void {
    if (this.count === 0) return;
    const missed = this.count;
    this.count = 0;
    const { dependency } = this.store;
    this.telemetry.tell('recovered', () => ({ dependency, missed }));
  }
}

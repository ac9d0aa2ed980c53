import { Injectable } from '@nestjs/common';
import {
  type CallbackObserver,
  type FailedOutcome,
  type RejectedOutcome,
  type ReportedOutcome,
  type UnavailableOutcome,
  type UnusableOutcome,
} from 'nestjs-vonage-video-callbacks';
import { shownText } from '../state/shown-text.js';
import { type Fault, type OutcomeCounts, type OutcomeView, type Refusal, type RefusedReason } from './outcome-view.js';

/** How many single refusals and faults are kept. The counts include all. */
const KEPT = 12;

/** The log has them in full; their beginnings are enough to compare. */
const HASH = /\b([0-9a-f]{8})[0-9a-f]{24,}\b/g;

/**
 * Counts outcomes, and keeps the reasons of the latest callbacks that were not handled. Refusals and faults are kept
 * separately, so that a flood of forgeries cannot hide a lost genuine callback.
 */
@Injectable()
export class OutcomeBoard implements CallbackObserver {
  private readonly counts: OutcomeCounts = { handled: 0, duplicate: 0, refused: 0, unusable: 0, failed: 0 };
  /** Reasons are a closed list of codes, so this needs no limit. */
  private readonly reasons = new Map<string, RefusedReason>();
  private readonly refusals: Refusal[] = [];
  private readonly faults: Fault[] = [];
  private drawn = 0;
  private hasChanged = false;

  accepted(): void {
    this.count('handled');
  }

  duplicate(): void {
    this.count('duplicate');
  }

  rejected({ reason, explanation, kind, address, projectId }: RejectedOutcome): void {
    this.count('refused');
    const at = Date.now();
    const why = shownText(explanation.replace(HASH, '$1…'));
    const count = (this.reasons.get(reason)?.count ?? 0) + 1;
    this.reasons.set(reason, { key: reason, explanation: why, count, at });
    const project = shownText(projectId);
    keep(this.refusals, { key: this.nextKey(), at, reason, kind, address: address ?? '', project });
  }

  unusable(outcome: UnusableOutcome): void {
    const fields = outcome.violations.map(({ path, message }) =>
      message.startsWith(path) ? message : `${path}: ${message}`,
    );
    this.fault('unusable', outcome, `answered ${outcome.status}: ${fields.join('; ')}`);
  }

  failed(outcome: FailedOutcome): void {
    this.fault('failed', outcome, nameOf(outcome.error));
  }

  /** It could not be verified because of an error on our side: it may be genuine, and lost. */
  unavailable(outcome: UnavailableOutcome): void {
    this.fault('failed', outcome, nameOf(outcome.error));
  }

  view(): OutcomeView {
    return {
      counts: { ...this.counts },
      reasons: [...this.reasons.values()],
      refusals: [...this.refusals],
      faults: [...this.faults],
    };
  }

  /** Everything, if anything changed since the last call. */
  takeChanges(): OutcomeView | undefined {
    if (!this.hasChanged) return undefined;
    this.hasChanged = false;
    return this.view();
  }

  private fault(outcome: Fault['outcome'], { kind, route }: ReportedOutcome, why: string): void {
    this.count(outcome);
    keep(this.faults, { key: this.nextKey(), at: Date.now(), outcome, kind, route, why: shownText(why) });
  }

  private count(outcome: keyof OutcomeCounts): void {
    this.counts[outcome] += 1;
    this.hasChanged = true;
  }

  private nextKey(): string {
    this.drawn += 1;
    return String(this.drawn);
  }
}

/** The latest first. */
function keep<Entry>(list: Entry[], entry: Entry): void {
  list.unshift(entry);
  list.length = Math.min(list.length, KEPT);
}

/** The message of an error may contain data that a page must not show. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'something that is no Error was thrown';
}

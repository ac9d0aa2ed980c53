import { BoundedRecords, type RecordChanges, type RecordLimits } from './bounded-records.js';
import { momentOf } from './moment.js';
import { shownText } from './shown-text.js';
import { rungOf, type StatusLadder } from './status-ladder.js';
import { type WorkView } from './views.js';

/** What a callback says about an archive, a broadcast, live captions or an Experience Composer. */
export interface WorkReport {
  readonly key: string;
  readonly status: string;
  readonly session?: string | undefined;
  readonly title?: string | undefined;
  readonly reason?: string | undefined;
  readonly createdAt?: number | undefined;
  /** The callback's own clock; an Experience Composer's has none. */
  readonly updatedAt?: number | undefined;
  readonly duration?: number | undefined;
  readonly size?: number | undefined;
}

interface Work extends WorkView {
  readonly clock: number | undefined;
  readonly rank: number;
}

/** What has a status, each as the latest of its callbacks tells, in whatever order they come. */
export class Works {
  private readonly records: BoundedRecords<Work>;

  constructor(
    private readonly ladder: StatusLadder,
    limits: RecordLimits,
  ) {
    this.records = new BoundedRecords(limits);
  }

  report(report: WorkReport): void {
    const told = this.toldBy(report);
    // Without a clock there is no telling that it is not an old callback of what was over long ago.
    if (told.clock === undefined && this.records.forgottenAt(told.key) > 0) return;
    const known = this.records.get(told.key);
    if (known === undefined || isLater(told, known)) this.records.keep(told);
  }

  view(): readonly WorkView[] {
    return this.records.values();
  }

  takeChanges(): RecordChanges<WorkView> {
    return this.records.takeChanges();
  }

  private toldBy({ key, status, session, title, reason, createdAt, updatedAt, duration, size }: WorkReport): Work {
    const clock = momentOf(updatedAt);
    return {
      key,
      session: session ?? '',
      title: shownText(title),
      status: shownText(status),
      reason: shownText(reason),
      ...rungOf(this.ladder, status),
      steps: this.ladder.steps,
      since: momentOf(createdAt),
      moment: clock ?? Date.now(),
      clock,
      duration: amountOf(duration),
      size: amountOf(size),
    };
  }
}

function isLater(told: Work, known: Work): boolean {
  const byClock = (told.clock ?? 0) - (known.clock ?? 0);
  if (told.clock !== undefined && known.clock !== undefined && byClock !== 0) return byClock > 0;
  // Any rule will do for what happened at once, as long as it does not depend on which came first.
  return told.rank === known.rank ? told.status > known.status : told.rank > known.rank;
}

function amountOf(amount = 0): number {
  return Math.max(amount, 0);
}

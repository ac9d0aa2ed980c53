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

/** Things with a status, each as its latest callback says, in whatever order callbacks arrive. */
export class Works {
  private readonly records: BoundedRecords<Work>;

  constructor(
    private readonly ladder: StatusLadder,
    limits: RecordLimits,
  ) {
    this.records = new BoundedRecords(limits);
  }

  report(report: WorkReport): void {
    const reported = this.workOf(report);
    // Without a clock, it may be an old callback of something that ended long ago.
    if (reported.clock === undefined && this.records.forgottenAt(reported.key) > 0) return;
    const known = this.records.get(reported.key);
    if (known === undefined || isLater(reported, known)) this.records.keep(reported);
  }

  view(): readonly WorkView[] {
    return this.records.values();
  }

  takeChanges(): RecordChanges<WorkView> {
    return this.records.takeChanges();
  }

  private workOf({ key, status, session, title, reason, createdAt, updatedAt, duration, size }: WorkReport): Work {
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

function isLater(reported: Work, known: Work): boolean {
  const byClock = (reported.clock ?? 0) - (known.clock ?? 0);
  if (reported.clock !== undefined && known.clock !== undefined && byClock !== 0) return byClock > 0;
  // At the same time, any rule will do that does not depend on the order of arrival.
  return reported.rank === known.rank ? reported.status > known.status : reported.rank > known.rank;
}

function amountOf(amount = 0): number {
  return Math.max(amount, 0);
}

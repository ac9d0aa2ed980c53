import { type SipCall } from 'nestjs-vonage-video-callbacks';
import { BoundedRecords, type RecordChanges, type RecordLimits } from './bounded-records.js';
import { momentOf } from './moment.js';
import { shownText } from './shown-text.js';
import { type CallView } from './views.js';

/** SIP calls. An end is final; otherwise the latest state counts. */
export class SipCalls {
  private readonly records: BoundedRecords<CallView & { readonly stateAt: number }>;

  constructor(limits: RecordLimits) {
    this.records = new BoundedRecords(limits);
  }

  begin(session: string, call: SipCall, at: number): void {
    const known = this.known(session, call, at);
    this.records.keep({ ...known, moment: later(known, at) });
  }

  update(session: string, call: SipCall, at: number, state: string): void {
    const known = this.known(session, call, at);
    const isLater = at > known.stateAt;
    this.records.keep(isLater ? { ...known, moment: later(known, at), stateAt: at, state: shownText(state) } : known);
  }

  end(session: string, call: SipCall, at: number, reason: string): void {
    const known = this.known(session, call, at);
    this.records.keep({ ...known, moment: later(known, at), isOver: true, reason: shownText(reason) });
  }

  mute(session: string, call: SipCall, at: number): void {
    const known = this.known(session, call, at);
    this.records.keep({ ...known, moment: later(known, at), isMuted: true });
  }

  view(): readonly CallView[] {
    return this.records.values();
  }

  takeChanges(): RecordChanges<CallView> {
    return this.records.takeChanges();
  }

  private known(session: string, { id: key, createdAt }: SipCall, at: number) {
    const since = momentOf(createdAt) ?? at;
    return (
      this.records.get(key) ?? {
        key,
        session,
        state: '',
        stateAt: 0,
        isMuted: false,
        isOver: false,
        reason: '',
        since,
        moment: at,
      }
    );
  }
}

function later({ moment }: CallView, at: number): number {
  return Math.max(moment, at);
}

import {
  type BeforeApplicationShutdown,
  Injectable,
  type MessageEvent,
  type OnModuleInit,
  ServiceUnavailableException,
} from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { interval, map, merge, Observable, Subject, takeUntil } from 'rxjs';
import { OutcomeBoard } from '../outcomes/outcome-board.js';
import { LiveState } from '../state/live-state.js';
import { FeedLimits } from './feed-limits.js';

/** How soon a browser tries again when the connection breaks, in ms. */
const RETRY_AFTER = 1000;

/**
 * What every page receives: first everything, then the changes, a few times a second at most. A page that reconnects
 * gets everything again, so nothing is kept for disconnected pages.
 */
@Injectable()
export class MonitorFeed implements OnModuleInit, BeforeApplicationShutdown {
  /** Lets a page that reconnects see whether it is the same process, with the same counts and state. */
  private readonly boot = { id: randomUUID(), at: Date.now() };
  private readonly changes = new Subject<MessageEvent>();
  private readonly ended = new Subject<void>();
  private gathering: NodeJS.Timeout | undefined;
  private revision = 0;
  private viewers = 0;

  constructor(
    private readonly state: LiveState,
    private readonly outcomes: OutcomeBoard,
    private readonly limits: FeedLimits,
  ) {}

  onModuleInit(): void {
    this.gathering = setInterval(() => {
      this.tellChanges();
    }, this.limits.gatherFor);
  }

  /** Not later: the server closes next, and it may wait for its connections to end. */
  beforeApplicationShutdown(): void {
    clearInterval(this.gathering);
    this.ended.next();
  }

  /** What one page receives, until it disconnects. */
  watch(): Observable<MessageEvent> {
    return new Observable((viewer) => {
      if (this.viewers >= this.limits.viewers) {
        viewer.error(new ServiceUnavailableException('Too many pages are watching.'));
        return;
      }
      this.viewers += 1;
      viewer.add(() => (this.viewers -= 1));
      viewer.next(this.message('snapshot', { boot: this.boot, state: this.state.view(), ...this.outcomes.view() }));
      // An event, not a comment: a page cannot see comments, and would not notice a connection that died silently.
      const beats = interval(this.limits.beatEvery).pipe(map(() => this.message('beat', {})));
      viewer.add(merge(this.changes, beats).pipe(takeUntil(this.ended)).subscribe(viewer));
    });
  }

  /** Also if nobody watches: changes that are taken now need not be kept for later viewers. */
  private tellChanges(): void {
    const state = this.state.takeChanges();
    const outcomes = this.outcomes.takeChanges();
    if (this.viewers === 0 || (state === undefined && outcomes === undefined)) return;
    this.changes.next(this.message('change', { state, ...outcomes }));
  }

  /** As a string, so that it is serialised once for all pages. */
  private message(type: string, content: object): MessageEvent {
    this.revision += 1;
    return { type, id: String(this.revision), retry: RETRY_AFTER, data: JSON.stringify(content) };
  }
}

import { Injectable } from '@nestjs/common';
import {
  type ArchiveCallback,
  type BroadcastCallback,
  type CaptionsCallback,
  captionsIdOf,
  type ExperienceComposerCallback,
  type SessionCallback,
  type SipCallback,
} from 'nestjs-vonage-video-callbacks';
import { BoundedRecords } from './bounded-records.js';
import { LiveSession } from './live-session.js';
import { momentOf } from './moment.js';
import { SipCalls } from './sip-calls.js';
import { ARCHIVE_LADDER, WORK_LADDER } from './status-ladder.js';
import { type StateChanges, type StateView } from './views.js';
import { Works } from './works.js';

const SESSION_LIMITS = { live: 500, over: 20 };
const WORK_LIMITS = { live: 500, over: 20 };

/**
 * The live state, built from callbacks. Vonage promises neither their order nor that each comes once, so their own
 * times are compared: the same callbacks in another order give the same state. It is kept in memory, up to a limit, and
 * contains neither passwords nor addresses of archives.
 */
@Injectable()
export class LiveState {
  private readonly sessions = new BoundedRecords<LiveSession>(SESSION_LIMITS);
  private readonly archives = new Works(ARCHIVE_LADDER, WORK_LIMITS);
  private readonly calls = new SipCalls(WORK_LIMITS);
  private readonly broadcasts = new Works(WORK_LADDER, WORK_LIMITS);
  private readonly captions = new Works(WORK_LADDER, WORK_LIMITS);
  private readonly composers = new Works(WORK_LADDER, WORK_LIMITS);

  onSession(callback: SessionCallback): void {
    const { sessionId } = callback;
    if (!sessionId) return;
    const session = this.sessions.get(sessionId) ?? new LiveSession(sessionId, this.sessions.forgottenAt(sessionId));
    applyTo(session, callback, momentOf(callback.timestamp) ?? Date.now());
    this.sessions.keep(session);
  }

  onArchive({ id, sessionId, name, ...archive }: ArchiveCallback): void {
    this.archives.report({ ...archive, key: id, session: sessionId, title: name });
  }

  onSip(callback: SipCallback): void {
    const at = momentOf(callback.timestamp) ?? Date.now();
    switch (callback.event) {
      case 'callCreated':
        this.calls.begin(callback.sessionId, callback.call, at);
        break;
      case 'callUpdated':
        this.calls.update(callback.sessionId, callback.call, at, callback.state ?? '');
        break;
      case 'callDestroyed':
        this.calls.end(callback.sessionId, callback.call, at, callback.reason_message ?? callback.reason ?? '');
        break;
      case 'muteForced':
        this.calls.mute(callback.sessionId, callback.call, at);
        break;
      default: // an event of next year, for which this page has no place
    }
  }

  onBroadcast({ id, sessionId, multiBroadcastTag, ...broadcast }: BroadcastCallback): void {
    this.broadcasts.report({ ...broadcast, key: id, session: sessionId, title: multiBroadcastTag });
  }

  onCaptions({ sessionId, languageCode, ...captions }: CaptionsCallback): void {
    this.captions.report({
      ...captions,
      key: captionsIdOf(captions) ?? '',
      session: sessionId,
      title: languageCode,
    });
  }

  onComposer({ id, sessionId, name, ...composer }: ExperienceComposerCallback): void {
    this.composers.report({ ...composer, key: id, session: sessionId, title: name });
  }

  view(): StateView {
    return {
      sessions: this.sessions.values().map((session) => session.view()),
      archives: this.archives.view(),
      calls: this.calls.view(),
      broadcasts: this.broadcasts.view(),
      captions: this.captions.view(),
      composers: this.composers.view(),
    };
  }

  /** What changed since the last call; `undefined` if nothing did. */
  takeChanges(): StateChanges | undefined {
    const { put, gone } = this.sessions.takeChanges();
    const changes: StateChanges = {
      sessions: { put: put.map((session) => session.view()), gone },
      archives: this.archives.takeChanges(),
      calls: this.calls.takeChanges(),
      broadcasts: this.broadcasts.takeChanges(),
      captions: this.captions.takeChanges(),
      composers: this.composers.takeChanges(),
    };
    const hasChanged = Object.values(changes).some(({ put, gone }) => put.length + gone.length > 0);
    return hasChanged ? changes : undefined;
  }
}

function applyTo(session: LiveSession, callback: SessionCallback, at: number): void {
  switch (callback.event) {
    case 'sessionCreated':
      session.begin(at);
      break;
    case 'sessionDestroyed':
      session.end(at, callback.reason ?? '');
      break;
    case 'sessionNotification':
      session.warn(at, callback.reason ?? '');
      break;
    case 'connectionCreated':
      session.join(callback.connection, at);
      break;
    case 'connectionDestroyed':
      session.leave(callback.connection, at);
      break;
    case 'streamCreated':
      session.publish(callback.stream, at);
      break;
    case 'streamDestroyed':
      session.unpublish(callback.stream, at);
      break;
    default: // an event of next year, for which this page has no place
  }
}

import { type SessionConnection, type SessionStream } from 'nestjs-vonage-video-callbacks';
import { BoundedRecords, type Kept } from './bounded-records.js';
import { momentOf } from './moment.js';
import { Presence } from './presence.js';
import { shownText } from './shown-text.js';
import { type ConnectionView, type SessionView, type StreamView } from './views.js';

const PRESENCE_LIMITS = { live: 200, over: 200 };

/**
 * A session, built from callbacks in any order and number. It remembers only the latest times of beginnings and ends,
 * and derives the rest when it is read.
 */
export class LiveSession implements Kept {
  private created = 0;
  private begun = 0;
  private heard = 0;
  private reason = '';
  private warning = { at: 0, reason: '' };
  private readonly connections = new BoundedRecords<Presence<ConnectionView>>(PRESENCE_LIMITS);
  private readonly streams = new BoundedRecords<Presence<StreamView>>(PRESENCE_LIMITS);

  constructor(
    readonly key: string,
    /** When it last ended. The same session can begin again. */
    private ended: number,
  ) {}

  /** A session without a known end is not over, even if the only callback said that somebody left. */
  get isOver(): boolean {
    return this.ended > 0 && this.begun <= this.ended;
  }

  get moment(): number {
    return this.isOver ? this.ended : this.heard;
  }

  begin(at: number): void {
    this.created = Math.max(this.created, at);
    this.showsLife(at);
  }

  end(at: number, reason: string): void {
    this.hear(at);
    if (at < this.ended) return;
    this.ended = at;
    this.reason = shownText(reason);
  }

  warn(at: number, reason: string): void {
    this.showsLife(at);
    if (at > this.warning.at) this.warning = { at, reason: shownText(reason) };
  }

  join(connection: SessionConnection, at: number): void {
    this.showsLife(at);
    const presence = this.connectionOf(connection, at);
    presence.begin(at);
    this.connections.keep(presence);
  }

  leave(connection: SessionConnection, at: number): void {
    this.hear(at);
    const presence = this.connectionOf(connection, at);
    presence.end(at);
    this.connections.keep(presence);
  }

  publish(stream: SessionStream, at: number): void {
    // The callback of the connection may come later, or was sent before this application started.
    if (stream.connection) this.join(stream.connection, at);
    this.showsLife(at);
    const presence = this.streamOf(stream, at);
    presence.begin(at);
    this.streams.keep(presence);
  }

  unpublish(stream: SessionStream, at: number): void {
    this.hear(at);
    const presence = this.streamOf(stream, at);
    presence.end(at);
    this.streams.keep(presence);
  }

  view(): SessionView {
    const { key, isOver, ended, created } = this;
    const connections = this.connections.values().filter((connection) => connection.isThereAfter(ended));
    const streams = this.streams.values().filter((stream) => stream.isThereAfter(ended) && !this.hasLostOwner(stream));
    const firstSign = [...connections, ...streams].reduce((first, { about }) => Math.min(first, about.since), Infinity);
    const since = created > 0 && (isOver || created > ended) ? created : firstSign;
    const warning = this.warning.at > ended ? this.warning.reason : '';
    return {
      key,
      isOver,
      since: Number.isFinite(since) ? since : undefined,
      ended: isOver ? ended : undefined,
      reason: isOver ? this.reason : warning,
      connections: connections.map(({ about }) => about).sort(bySince),
      streams: streams.map(({ about }) => about).sort(bySince),
      left: this.connections.values().filter((connection) => !connection.isThereAfter(ended)).length,
    };
  }

  /** The streams of a connection end with it, even if no callback says so. */
  private hasLostOwner({ about }: Presence<StreamView>): boolean {
    return this.connections.get(about.connection)?.isOver ?? false;
  }

  private hear(at: number): void {
    this.heard = Math.max(this.heard, at);
  }

  private showsLife(at: number): void {
    this.hear(at);
    this.begun = Math.max(this.begun, at);
  }

  private connectionOf({ id, data, createdAt }: SessionConnection, at: number): Presence<ConnectionView> {
    return (
      this.connections.get(id) ?? new Presence(id, { key: id, data: shownText(data), since: momentOf(createdAt) ?? at })
    );
  }

  private streamOf({ id, name, videoType, connection, createdAt }: SessionStream, at: number): Presence<StreamView> {
    return (
      this.streams.get(id) ??
      new Presence(id, {
        key: id,
        connection: connection?.id ?? '',
        name: shownText(name),
        videoType: shownText(videoType),
        since: momentOf(createdAt) ?? at,
      })
    );
  }
}

function bySince(one: { since: number; key: string }, other: { since: number; key: string }): number {
  return one.since - other.since || (one.key < other.key ? -1 : 1);
}
